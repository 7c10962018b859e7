import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Refusal } from '@mayfly/contracts/failure'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

const statementsKept = 200
/** How long a start waits for another that is making the same tables. */
const waitMs = 5_000

/**
 * Opens the SQLite file at `path`, making it and its folder where they are missing, for this account's eyes alone:
 * it holds password hashes. Safe for several processes on one file.
 */
export async function openSqlite(path: string): Promise<DatabaseSync> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (existsSync(path) && !statSync(path).isFile()) throw new Error('it is no file')
  // Made before SQLite would make it 0644. It gives -wal and -shm the mode of the file they belong to.
  closeSync(openSync(path, 'a', 0o600))

  const database = new DatabaseSync(path, { timeout: waitMs, enableForeignKeyConstraints: true })
  try {
    await useWriteAheadLog(database)
    // Only now is it known to be a database of ours, and no other file whose mode is somebody else's business.
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)
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
      if (kindOf(error) !== busy || Date.now() > deadline) throw error
      await setTimeout(20)
    }
  }
}

/** The kind of an SQLite error, which is the low byte of its code (sqlite.org/rescode.html); undefined for others. */
const kindOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined

const busy = 5
/** Busy, locked, read-only, I/O error, corrupt, full, can't be opened, no database: what is no mistake of a query. */
const unusable = new Set<number | undefined>([busy, 6, 8, 10, 11, 13, 14, 26])
const tryAgainMs = 3_000

/** Does `work`, and refuses where the file can't be used just now: nobody is let in on a guess. */
function orRefuse<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error) || !unusable.has(kindOf(error))) throw error
    throw new Refusal({ kind: 'network', retryAfterMs: tryAgainMs }, error.message, { cause: error })
  }
}

/**
 * `database` in the shape that Kysely's SQLite dialect asks for, its prepared statements kept. A query that can't be
 * answered for want of a usable file throws the refusal `network`, which is a 503.
 */
export function forKysely(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  const rollback = rollbackOf(database)
  return {
    close: () => database.close(),
    prepare(sql) {
      if (sql === 'rollback') return rollback
      const known = kept.get(sql)
      if (known) return known
      const statement = shape(orRefuse(() => database.prepare(sql)))
      const oldest = kept.keys().next()
      if (kept.size >= statementsKept && !oldest.done) kept.delete(oldest.value)
      kept.set(sql, statement)
      return statement
    },
  }
}

/**
 * A rollback that is content where nothing is left to undo: SQLite takes a transaction back by itself where the disk is
 * full or fails (sqlite.org/lang_transaction.html, 3), and an error about that would hide the error that says why.
 */
const rollbackOf = (database: DatabaseSync): SqliteStatement => ({
  ...shape(database.prepare('rollback')),
  run() {
    if (database.isTransaction) orRefuse(() => database.exec('rollback'))
    return { changes: 0, lastInsertRowid: 0 }
  },
})

const shape = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  all: (parameters) => orRefuse(() => statement.all(...parameters.map(input))),
  run: (parameters) => orRefuse(() => statement.run(...parameters.map(input))),
  iterate: (parameters) => statement.iterate(...parameters.map(input)),
})

function input(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value
  }
  throw new TypeError(`SQLite can't be given a ${typeof value}`)
}
