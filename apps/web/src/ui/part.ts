import { type Accessor, createSignal } from 'solid-js'

const pausesMs = [2_000, 8_000]

/** Throws where the server can't be reached. */
const reachServer = () => fetch(import.meta.url, { method: 'HEAD', cache: 'no-store' })

async function fetchPatiently<T>(load: () => Promise<T>): Promise<T> {
  const tryOnce = async () => {
    // Chromium never asks again for a module that it failed to fetch, so it is asked for one only when it can succeed.
    await reachServer()
    return load()
  }
  for (const pause of pausesMs) {
    try {
      return await tryOnce()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return tryOnce()
}

type Part<T> = {
  /** The part, once it is there. */
  part: Accessor<T | undefined>
  /** True when it could not be had; `fetch` tries anew. */
  isMissing: Accessor<boolean>
  fetch: () => void
}

/**
 * A part of the page that is fetched when it is wanted, once. A network that comes and goes is no reason to fail: it
 * is tried three times within 10 s.
 */
export function createPart<T>(load: () => Promise<T>): Part<T> {
  const [part, setPart] = createSignal<T>()
  const [isMissing, setMissing] = createSignal(false)
  let asked = false
  const want = () => {
    if (asked) return
    asked = true
    setMissing(false)
    void fetchPatiently(load).then(
      (loaded) => setPart(() => loaded),
      () => {
        asked = false
        setMissing(true)
      },
    )
  }
  return { part, isMissing, fetch: want }
}
