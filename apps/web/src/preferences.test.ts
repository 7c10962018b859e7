import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest'

beforeEach(() => localStorage.clear())

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** The preferences as a page that has just been opened finds them. */
const load = () => {
  vi.resetModules()
  Reflect.deleteProperty(globalThis, 'Solid$$') // by which a second Solid is told of the first
  return import('./preferences.ts')
}

describe('preferences', () => {
  test('are kept under a closed list of keys and come back', async () => {
    const { preferences } = await load()
    preferences.setTheme('dark')
    preferences.setDensity('compact')
    preferences.setAnnounce('ends')
    preferences.setModel('gpt-5-mini')
    preferences.setAskBeforeLeaving(false)
    expect(Object.keys(localStorage).toSorted()).toEqual([
      'announce',
      'askBeforeLeaving',
      'density',
      'model',
      'theme',
    ])

    const { preferences: later } = await load()
    expect(later.theme()).toBe('dark')
    expect(later.density()).toBe('compact')
    expect(later.announce()).toBe('ends')
    expect(later.model()).toBe('gpt-5-mini')
    expect(later.askBeforeLeaving()).toBe(false)
  })

  test('are written nowhere before a person chooses', async () => {
    await load()
    expect(localStorage.length).toBe(0)
  })

  test('take their defaults where what is stored means nothing', async () => {
    localStorage.setItem('theme', '{"dark":true}')
    localStorage.setItem('density', '')
    localStorage.setItem('askBeforeLeaving', 'maybe')
    localStorage.setItem('model', '')
    const { preferences } = await load()
    expect(preferences.theme()).toBe('system')
    expect(preferences.density()).toBe('comfortable')
    expect(preferences.askBeforeLeaving()).toBe(true)
    expect(preferences.model()).toBeNull()
  })

  test('forget the model when none is chosen any more', async () => {
    const { preferences } = await load()
    preferences.setModel('demo')
    preferences.setModel(null)
    expect(localStorage.getItem('model')).toBeNull()
  })

  test('hold for the tab in a browser that refuses to store', async () => {
    vi.stubGlobal('localStorage', {
      getItem: () => {
        throw new DOMException('denied', 'SecurityError')
      },
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError')
      },
    })
    const { preferences } = await load()
    expect(preferences.theme()).toBe('system')
    preferences.setTheme('light')
    expect(preferences.theme()).toBe('light')
  })

  test('show theme and density on the root, and nothing for the defaults', async () => {
    const { preferences, applyPreferences } = await load()
    preferences.setTheme('contrast')
    preferences.setDensity('compact')
    applyPreferences()
    expect({ ...document.documentElement.dataset }).toEqual({ theme: 'contrast', density: 'compact' })
    preferences.setTheme('system')
    preferences.setDensity('comfortable')
    applyPreferences()
    expect({ ...document.documentElement.dataset }).toEqual({})
  })

  test('tell the browser the colour of the theme, or of what the system has where none is chosen', async () => {
    for (const scheme of ['light', 'dark']) {
      const meta = document.createElement('meta')
      Object.assign(meta, { name: 'theme-color', content: scheme })
      meta.dataset['scheme'] = scheme
      document.head.append(meta)
    }
    const media = () =>
      [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map((meta) => meta.media)
    const { preferences, applyPreferences } = await load()
    for (const [theme, expected] of [
      ['dark', ['not all', 'all']],
      ['light', ['all', 'not all']],
      ['system', ['(prefers-color-scheme: light)', '(prefers-color-scheme: dark)']],
      ['contrast', ['(prefers-color-scheme: light)', '(prefers-color-scheme: dark)']],
    ] as const) {
      preferences.setTheme(theme)
      applyPreferences()
      expect(media()).toEqual(expected)
    }
  })
})
