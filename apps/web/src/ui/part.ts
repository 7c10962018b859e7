import { type Accessor, createSignal } from 'solid-js'
import { fetchPatiently } from './fetch-patiently.ts'

type Part<T> = {
  /** The part, once it is there. */
  part: Accessor<T | undefined>
  /** True when it could not be had; `fetch` tries anew. */
  isMissing: Accessor<boolean>
  fetch: () => void
}

/**
 * A part of the page that is fetched when it is wanted, once, as patiently as `fetchPatiently` does, and again whenever
 * the network comes back.
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
        addEventListener('online', want, { once: true })
      },
    )
  }
  return { part, isMissing, fetch: want }
}
