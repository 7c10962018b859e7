import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { inProcesses } from './child.fixture.ts'
import { openStore, type Store } from './open.ts'
import type { UsersTable } from './tables.ts'
import { temporaryFolder, temporaryStore } from './temporary.fixture.ts'

const user = (name: string, role: UsersTable['role'] = 'member'): UsersTable => ({
  id: `id of ${name}`,
  name,
  name_key: name,
  role,
  password_hash: null,
  created_at: 1,
  disabled_at: null,
})

const addUser = (store: Store, row: UsersTable) => store.db.insertInto('users').values(row).execute()
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('openStore', () => {
  test('makes a folder and files that nobody else may read', async () => {
    const folder = join(temporaryFolder(), 'made here', 'data')
    const store = await openStore(join(folder, 'mayfly.db'))
    await addUser(store, user('ada'))
    expect(readdirSync(folder).toSorted()).toEqual(['mayfly.db', 'mayfly.db-shm', 'mayfly.db-wal'])
    expect(readdirSync(folder).map((name) => modeOf(join(folder, name)))).toEqual(['600', '600', '600'])
    expect(modeOf(folder)).toBe('700')
    await store.close()
  })

  test('leaves the mode of a folder that was there', async () => {
    const folder = join(temporaryFolder(), 'shared')
    mkdirSync(folder, { mode: 0o750 })
    await (await openStore(join(folder, 'mayfly.db'))).close()
    expect(modeOf(folder)).toBe('750')
  })

  test('takes a path, file: and file://, and finds again what was stored', async () => {
    const path = join(temporaryFolder(), 'a b.db')
    for (const [index, address] of [path, `file:${path}`, pathToFileURL(path).href].entries()) {
      const store = await openStore(address)
      expect(await store.db.selectFrom('users').selectAll().execute()).toHaveLength(index)
      await addUser(store, user(`user ${index}`))
      await store.close()
    }
  })

  test.each([
    ['postgres://localhost/mayfly', 'PostgreSQL is not built yet'],
    ['postgresql://localhost/mayfly', 'PostgreSQL is not built yet'],
    ['mysql://localhost/mayfly', '"mysql:" is unknown'],
    ['', 'DATABASE_URL is empty'],
    ['file://data/mayfly.db', 'DATABASE_URL: this file: address names no file here'],
    ['file:///tmp/%zz', 'give file:data/mayfly.db'],
  ])('says what is wrong with the address "%s"', async (address, words) => {
    await expect(openStore(address)).rejects.toThrow(words)
  })

  test('names the setting and the path of what is no database', async () => {
    const folder = temporaryFolder()
    await expect(openStore(folder)).rejects.toThrow(`DATABASE_URL: ${folder} can't be opened`)
  })

  test('leaves a file that is no database as it was, and says so', async () => {
    const path = join(temporaryFolder(), 'letter.txt')
    writeFileSync(path, 'Dear Ada, '.repeat(1_000), { mode: 0o644 })
    await expect(openStore(path)).rejects.toThrow(`DATABASE_URL: ${path} can't be opened`)
    expect(statSync(path).mode & 0o777).toBe(0o644)
    await expect(openStore('/dev/null')).rejects.toThrow('it is no file')
  })

  test('says why a damaged database does not open', async () => {
    const path = join(temporaryFolder(), 'test.db')
    const store = await openStore(path)
    await store.close()
    const bytes = readFileSync(path)
    for (let page = 4_096; page < bytes.length; page += 4_096) bytes.fill(0xff, page, page + 50)
    writeFileSync(path, bytes)
    await expect(openStore(path)).rejects.toThrow('database disk image is malformed')
  })

  test('overwrites what is deleted, and waits for other writers', async () => {
    const { db } = await temporaryStore()
    const one = (pragma: string) => sql.raw(`pragma ${pragma}`).execute(db)
    expect((await one('secure_delete')).rows).toEqual([{ secure_delete: 1 }])
    expect((await one('busy_timeout')).rows).toEqual([{ timeout: 500 }])
    expect((await one('journal_mode')).rows).toEqual([{ journal_mode: 'wal' }])
  })

  test('knows whether it can be reached', async () => {
    const store = await openStore(join(temporaryFolder(), 'test.db'))
    expect(await store.reachable()).toBe(true)
    await store.close()
    expect(await store.reachable()).toBe(false)
  })

  test('holds one owner, and no two users of one name', async () => {
    const store = await temporaryStore()
    await addUser(store, user('ada', 'owner'))
    await addUser(store, user('bob'))
    await addUser(store, user('cleo'))
    await expect(addUser(store, user('dan', 'owner'))).rejects.toThrow('UNIQUE')
    await expect(addUser(store, { ...user('bob'), id: 'other' })).rejects.toThrow('UNIQUE')
  })

  test('tells why a transaction failed, though SQLite had taken it back by itself', async () => {
    const { db } = await temporaryStore()
    const insert = sql`insert or rollback into rate (key, tat) values ('once', 1)`
    const work = db.transaction().execute(async (transaction) => {
      await insert.execute(transaction)
      await insert.execute(transaction)
    })
    await expect(work).rejects.toThrow('UNIQUE constraint failed')
    expect(await db.selectFrom('rate').selectAll().execute()).toEqual([])
    await db.transaction().execute((transaction) => insert.execute(transaction))
    expect(await db.selectFrom('rate').selectAll().execute()).toHaveLength(1)
  })

  test('several processes that start at once all find their tables', async () => {
    const path = join(temporaryFolder(), 'new', 'test.db')
    const code = `
      const { openStore } = await import(args[0])
      await ready()
      const store = await openStore(args[1])
      console.log(await store.reachable())
      await store.close()`
    const args = [new URL('./open.ts', import.meta.url).href, path]
    expect(await inProcesses(4, code, args)).toEqual(['true', 'true', 'true', 'true'])
  })
})
