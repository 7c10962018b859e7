import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

const statementsKept = 200
/** How long a writer waits for others. */
const waitMs = 5_000

/**
 * Opens the SQLite file at `path`, making it and its folder where they are missing, for this account's eyes alone:
 * it holds password hashes. Safe for several processes on one file; a writer waits up to 5 s for another.
 */
export async function openSqlite(path: string): Promise<DatabaseSync> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Made before SQLite would make it 0644. It gives -wal and -shm the mode of the file they belong to.
  closeSync(openSync(path, 'a', 0o600))
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)

  const database = new DatabaseSync(path, { timeout: waitMs, enableForeignKeyConstraints: true })
  try {
    await useWriteAheadLog(database)
    database.exec('pragma synchronous = normal; pragma secure_delete = on')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** The one change for which SQLite doesn't wait for others by itself, though they may be making it right now. */
async function useWriteAheadLog(database: DatabaseSync): Promise<void> {
  const deadline = Date.now() + waitMs
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal')
      return
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await setTimeout(20)
    }
  }
}

/** The low byte of SQLite's result code is its kind; 5 is SQLITE_BUSY (sqlite.org/rescode.html). */
const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  (error.errcode & 0xff) === 5

/** `database` in the shape that Kysely's SQLite dialect asks for, its prepared statements kept. */
export function forKysely(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = kept.get(sql)
      if (known) return known
      const statement = shape(database.prepare(sql))
      const oldest = kept.keys().next()
      if (kept.size >= statementsKept && !oldest.done) kept.delete(oldest.value)
      kept.set(sql, statement)
      return statement
    },
  }
}

const shape = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  all: (parameters) => statement.all(...parameters.map(input)),
  run: (parameters) => statement.run(...parameters.map(input)),
  iterate: (parameters) => statement.iterate(...parameters.map(input)),
})

function input(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value
  }
  throw new TypeError(`SQLite can't be given a ${typeof value}`)
}
