/** The files that have come, or are on their way. Those that the page itself names have come before this runs. */
const files = new Map<string, Promise<void>>()
for (const { href } of document.querySelectorAll<HTMLLinkElement>('link[rel=modulepreload]'))
  files.set(href, Promise.resolve())
for (const { src } of document.scripts) files.set(src, Promise.resolve())

/**
 * Imports a module once all its files have come. Chromium never asks again for a module that it failed to fetch, nor for
 * one that imports it, as long as the page lives; a failed `fetch` it forgets. What was fetched is imported from the
 * browser's cache, so that nothing is asked for twice. The build puts this around each `import()`: see vite.config.ts.
 */
export async function fetchThenImport<T>(load: () => Promise<T>, names: readonly string[]): Promise<T> {
  await Promise.all(names.map((name) => fetchOnce(new URL(name, location.origin).href)))
  return load()
}

function fetchOnce(file: string): Promise<void> {
  const known = files.get(file)
  if (known) return known
  const fetched = fetchFile(file)
  files.set(file, fetched)
  fetched.catch(() => files.delete(file))
  return fetched
}

/** Throws unless the whole file came, and not some gateway's page in its place. */
async function fetchFile(file: string): Promise<void> {
  const answer = await fetch(file)
  const isScript = answer.headers.get('content-type')?.includes('javascript')
  if (!answer.ok || !isScript) throw new Error(`${file} was answered with ${answer.status}`)
  await answer.arrayBuffer()
}
