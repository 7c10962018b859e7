import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import * as firstTables from './migrations/0001-first-tables.ts'
import { forKysely, openSqlite } from './sqlite.ts'
import type { Tables } from './tables.ts'

export interface Store {
  db: Kysely<Tables>
  close(): Promise<void>
  /** Whether a query gets an answer just now. Never throws. */
  reachable(): Promise<boolean>
}

/** How long a query waits for another process that writes, in ms. */
const longestWaitMs = 500

/** Listed rather than read from the folder, so that a bundle or a moved folder can't lose one. */
const migrations = { '0001-first-tables': firstTables }

/**
 * Opens the store at `databaseUrl`, a path or a `file:` address of an SQLite file, and brings its tables up to date.
 * Throws with a sentence for the operator when the address is none of these or the file can't be opened.
 */
export async function openStore(databaseUrl: string): Promise<Store> {
  const path = pathOf(databaseUrl)
  let sqlite: DatabaseSync
  try {
    sqlite = await openSqlite(path)
  } catch (error) {
    throw unusable(path, error)
  }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(sqlite) }) })
  try {
    await migrate(db, sqlite)
    // A wait for another writer holds up every stream of this process: from here on, who would wait long is refused.
    sqlite.exec(`pragma busy_timeout = ${longestWaitMs}`)
  } catch (error) {
    sqlite.close()
    throw unusable(path, error)
  }
  return {
    db,
    close: () => db.destroy(),
    reachable: () =>
      db
        .selectFrom('users')
        .select('id')
        .limit(1)
        .execute()
        .then(
          () => true,
          () => false,
        ),
  }
}

function pathOf(databaseUrl: string): string {
  if (databaseUrl === '') throw new Error('DATABASE_URL is empty; give a path, such as data/mayfly.db')
  if (databaseUrl.startsWith('file://')) {
    try {
      return fileURLToPath(databaseUrl)
    } catch {
      throw new Error(
        'DATABASE_URL: this file: address names no file here; give file:data/mayfly.db, or a path',
      )
    }
  }
  if (databaseUrl.startsWith('file:')) return resolve(databaseUrl.slice('file:'.length))
  // Two letters at least: one letter before a colon is a drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(databaseUrl)?.[1]?.toLowerCase()
  if (scheme === 'postgres' || scheme === 'postgresql') {
    throw new Error('DATABASE_URL: PostgreSQL is not built yet; give a path, such as data/mayfly.db')
  }
  if (scheme) throw new Error(`DATABASE_URL: "${scheme}:" is unknown; give a path, such as data/mayfly.db`)
  return resolve(databaseUrl)
}

function unusable(path: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  const todo = 'give the path of an SQLite file, or of one to make, such as data/mayfly.db'
  return new Error(`DATABASE_URL: ${path} can't be opened as a database (${why}); ${todo}`, { cause: error })
}

/** Kysely takes no lock on SQLite, so two processes that start together would both create the tables. */
async function migrate(db: Kysely<Tables>, sqlite: DatabaseSync): Promise<void> {
  sqlite.exec('begin immediate')
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
  }).migrateToLatest()
  sqlite.exec(error === undefined ? 'commit' : 'rollback')
  if (error !== undefined) throw error
}
