const pausesMs = [2_000, 8_000]

/** Resolves after so many ms, or as soon as the network is back. */
const pauseFor = (ms: number) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    addEventListener('online', end)
  })

/**
 * Fetches a module. A network that comes and goes is no reason to fail: it is tried three times within 10 s, and as soon
 * as the network is back.
 */
export async function fetchPatiently<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of pausesMs) {
    try {
      return await load()
    } catch {
      await pauseFor(pause)
    }
  }
  return load()
}
