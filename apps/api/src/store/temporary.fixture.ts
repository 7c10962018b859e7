import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openStore, type Store } from './open.ts'

/** A new folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An empty store of one test's own, and the path of its file. */
export async function temporaryStore(): Promise<Store & { path: string }> {
  const path = join(temporaryFolder(), 'test.db')
  const store = await openStore(path)
  onTestFinished(() => store.close())
  return { ...store, path }
}
