import { createSignal } from 'solid-js'

export const themes = ['system', 'light', 'dark', 'contrast'] as const
export const densities = ['comfortable', 'compact'] as const
export const announcements = ['sentences', 'ends'] as const

export type Theme = (typeof themes)[number]
export type Density = (typeof densities)[number]
/** What a screen reader is told of a reply: each sentence, or that it begins and ends. */
export type Announce = (typeof announcements)[number]

/** What a stored text means; undefined where it means nothing, so that the default holds. */
type Read<T> = (stored: string) => T | undefined

const oneOf =
  <T extends string>(values: readonly T[]): Read<T> =>
  (stored) =>
    values.find((value) => value === stored)

// Only these keys may ever be kept in a browser, and nothing that was said is among them.
const [theme, setTheme] = preference<Theme>('theme', oneOf(themes), 'system')
const [density, setDensity] = preference<Density>('density', oneOf(densities), 'comfortable')
const [announce, setAnnounce] = preference<Announce>('announce', oneOf(announcements), 'sentences')
const [model, setModel] = preference<string | null>('model', (stored) => stored || undefined, null)
const [askBeforeLeaving, setAskBeforeLeaving] = preference<boolean>(
  'askBeforeLeaving',
  (stored) => (stored === 'true' ? true : stored === 'false' ? false : undefined),
  true,
)

/** What this browser remembers for its person, as signals. A browser that refuses to store forgets with the tab. */
export const preferences = {
  theme,
  setTheme,
  density,
  setDensity,
  announce,
  setAnnounce,
  /** The model that the person chose last; null before any choice. */
  model,
  setModel,
  askBeforeLeaving,
  setAskBeforeLeaving,
}

/**
 * Shows theme and density on the document's root, where the style sheet looks for them, and the theme to the browser,
 * which draws its own bars in the page's colour. Call in an effect.
 */
export function applyPreferences(): void {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const { scheme = '' } = meta.dataset
    const isChosen = theme() === 'light' || theme() === 'dark'
    meta.media = isChosen ? (theme() === scheme ? 'all' : 'not all') : `(prefers-color-scheme: ${scheme})`
  }
  const { dataset } = document.documentElement
  if (theme() === 'system') delete dataset['theme']
  else dataset['theme'] = theme()
  if (density() === 'comfortable') delete dataset['density']
  else dataset['density'] = density()
}

function preference<T extends string | boolean | null>(key: string, read: Read<T>, byDefault: T) {
  const [value, setValue] = createSignal<T>(stored(key, read) ?? byDefault)
  const set = (next: T): void => {
    setValue(() => next)
    try {
      if (next === null) localStorage.removeItem(key)
      else localStorage.setItem(key, String(next))
    } catch {
      // A browser may refuse to store anything, or have no room: the choice then holds for this tab.
    }
  }
  return [value, set] as const
}

function stored<T>(key: string, read: Read<T>): T | undefined {
  try {
    const text = localStorage.getItem(key)
    return text === null ? undefined : read(text)
  } catch {
    return undefined
  }
}
