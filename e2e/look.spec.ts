import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/test.ts'
import type { Chat } from './fixtures/chat.ts'

/** What is wider than a phone in every way that Markdown has, and single words that are. */
const wideReply = [
  `A word: ${'donaudampfschifffahrt'.repeat(6)}, and \`${'stillFlyingAfterRain'.repeat(6)}\`.`,
  `An address: https://example.org/${'count-at-dusk-'.repeat(12)}.csv`,
  `| ${Array.from({ length: 12 }, (_, column) => `column ${column}`).join(' | ')} |\n|${'---|'.repeat(12)}`,
  `\`\`\`\n${'code '.repeat(60)}\n\`\`\``,
  `$$${Array.from({ length: 30 }, (_, power) => `x^{${power}}`).join(' + ')}$$`,
  `> > > ${'- '.repeat(4)}deep`,
  'That is all.',
].join('\n\n')

/** Has the app in a tab with a conversation that is as wide as it gets, on both sides. */
async function showWide(chat: Chat, upstream: { answer: (question: string, text: string) => void }) {
  const question = `${'long'.repeat(60)}: is this wide?`
  upstream.answer(question, wideReply)
  await chat.askAndRead(question)
}

/** What reaches beyond the window, and is not in a box of its own that scrolls sideways. */
const cutOff = (page: Page) =>
  page.evaluate(() => {
    const scrolls = (element: Element | null): boolean => {
      if (element === null || element === document.body) return false
      const { overflowX } = getComputedStyle(element)
      return (
        overflowX === 'auto' ||
        overflowX === 'scroll' ||
        overflowX === 'hidden' ||
        scrolls(element.parentElement)
      )
    }
    return [...document.querySelectorAll('main *, dialog *, .drawer *')]
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        const sticksOut = left < -1 || right > innerWidth + 1
        return (
          width > 0 &&
          sticksOut &&
          !element.closest('.sr, .skip, svg, math') &&
          !scrolls(element.parentElement)
        )
      })
      .map(({ tagName, className }) => `${tagName}.${String(className)}`)
  })

/** Whether the page, or the list of messages, can be moved sideways. */
const movesSideways = (page: Page) =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.scroll, dialog, .drawer')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, className }) => `${tagName}.${className}`),
  )

test.describe('at 400 % zoom', () => {
  // 1280 by 1024 px, seen four times as large.
  test.use({ viewport: { width: 320, height: 256 } })

  test('nothing is cut off and nothing scrolls in two directions; the title has a row of its own', async ({
    chat,
    upstream,
  }) => {
    const { page } = chat
    await showWide(chat, upstream)
    const places: Record<string, () => Promise<void>> = {
      conversation: async () => {},
      editor: () => chat.button('Edit message').click(),
      menu: async () => {
        await chat.button('Cancel').click()
        await chat.button('Menu').click()
      },
      settings: () => chat.button('Settings').click(),
    }
    for (const [place, go] of Object.entries(places)) {
      await go()
      await expect.poll(() => cutOff(page), place).toEqual([])
      expect(await movesSideways(page), place).toEqual([])
    }
    await page.keyboard.press('Escape')
    const title = await page.getByRole('heading', { level: 1 }).boundingBox()
    const menu = await chat.button('Menu').boundingBox()
    expect(title?.y).toBeGreaterThanOrEqual((menu?.y ?? 0) + (menu?.height ?? 0))
    // Some lines of the conversation are seen, whatever else has to fit.
    const seen = await page.getByRole('region', { name: 'Messages' }).boundingBox()
    expect(seen?.height).toBeGreaterThan(48)
  })
})

/** What lies over another, among what is pressed or typed in outside the conversation. */
const overlaps = (page: Page) =>
  page.evaluate(() => {
    const over = document.querySelector('dialog[open], .drawer') ?? document.body
    const controls = [...over.querySelectorAll('button, input, select, textarea, h1, h2, a[href]')]
      .filter((control) => control.checkVisibility({ opacityProperty: true }))
      .filter((control) => !control.closest('.scroll, .sr, .skip, [inert]'))
    return controls.flatMap((one, index) =>
      controls.slice(index + 1).flatMap((other) => {
        if (one.contains(other) || other.contains(one)) return []
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()]
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        const isIn = one.closest('label, .field, form') === other.closest('label, .field, form')
        return width > 1 && height > 1 && !isIn
          ? [`${one.outerHTML.slice(0, 60)} ${other.outerHTML.slice(0, 60)}`]
          : []
      }),
    )
  })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`at 200 % zoom, ${colorScheme}`, () => {
    // 1280 by 800 px, seen twice as large.
    test.use({ viewport: { width: 640, height: 400 }, colorScheme })

    test('nothing is cut off, lies over another or scrolls in two directions', async ({ chat, upstream }) => {
      const { page } = chat
      const dialog = (name: string) => page.getByRole('dialog', { name, exact: true })
      const leave = async () => {
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toHaveCount(0)
      }
      const fromMenu = async (name: string) => {
        await chat.button('Menu').click()
        await chat.button(name).click()
        await expect(dialog(name)).toBeVisible()
      }
      const places: Record<string, () => Promise<void>> = {
        start: async () => {},
        conversation: () => showWide(chat, upstream),
        search: async () => {
          await expect(chat.button('Search')).toBeVisible()
          await chat.button('Search').click()
          await page.getByRole('searchbox').fill('wide')
        },
        menu: async () => {
          await chat.button('Search').click()
          await chat.button('Menu').click()
        },
        settings: async () => {
          await leave()
          await fromMenu('Settings')
        },
        shortcuts: async () => {
          await leave()
          await fromMenu('Keyboard shortcuts')
        },
        undo: async () => {
          await leave()
          await chat.button('New chat').click()
          await expect(chat.button('Undo')).toBeVisible()
        },
        'sign in': async () => {
          await page.context().clearCookies()
          await page.reload()
          await expect(page.getByRole('textbox', { name: 'Username', exact: true })).toBeVisible()
        },
      }
      for (const [place, go] of Object.entries(places)) {
        await go()
        await expect.poll(() => cutOff(page), place).toEqual([])
        expect(await movesSideways(page), place).toEqual([])
        expect(await overlaps(page), place).toEqual([])
      }
    })
  })
}

test('in a low window the message box and its button share a row', async ({ chat }) => {
  const { page } = chat
  await page.setViewportSize({ width: 844, height: 340 })
  const [box, send] = await Promise.all([
    chat.message.boundingBox(),
    chat.button('Send message').boundingBox(),
  ])
  expect(Math.abs((box?.y ?? 0) - (send?.y ?? Infinity))).toBeLessThan(8)
  expect(send?.x).toBeGreaterThan((box?.x ?? Infinity) + (box?.width ?? 0) - 1)
  // What is written stands on the edge of what is said above it.
  const edge = await chat.status.locator('svg').boundingBox()
  const indent = await chat.message.evaluate((area) => parseFloat(getComputedStyle(area).paddingInlineStart))
  expect(Math.abs((box?.x ?? 0) + indent - (edge?.x ?? 0))).toBeLessThanOrEqual(4)
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 664 }, hasTouch: true, isMobile: true })

  test('everything that is pressed is large enough for a finger, and nothing that is typed in makes the page zoom', async ({
    chat,
    upstream,
  }) => {
    const { page } = chat
    const small = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('button, a[href], select, input, textarea, summary, label:has(input)')]
          .filter((element) => !element.closest('[inert], .prose, .sr') && !element.matches('.skip'))
          .filter(
            (element) => element.checkVisibility() && element.closest('label') !== element.parentElement,
          )
          .filter((element) => {
            const { width, height } = element.getBoundingClientRect()
            return width > 0 && (width < 43.5 || height < 43.5)
          })
          .map((element) => element.outerHTML.slice(0, 80)),
      )
    const tiny = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('input:not([type=radio], [type=checkbox], [hidden]), textarea, select')]
          .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 16)
          .map((element) => element.outerHTML.slice(0, 80)),
      )
    const ask = async (question: string) => {
      await chat.message.fill(question)
      await chat.button('Send message').tap()
    }
    await ask('thinks: small?')
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
    await chat.button('Regenerate').tap()
    await expect(chat.reply).toContainText('2 of 2')
    expect(await small()).toEqual([])
    await chat.button('Edit message').tap()
    expect(await small()).toEqual([])
    expect(await tiny()).toEqual([])
    await chat.button('Menu').tap()
    expect(await small()).toEqual([])
    await chat.button('Settings').tap()
    await expect(page.getByRole('dialog', { name: 'Settings', exact: true })).toBeVisible()
    expect(await small()).toEqual([])
    expect(await tiny()).toEqual([])

    const viewport = await page.locator('meta[name=viewport]').getAttribute('content')
    expect(viewport).not.toMatch(/user-scalable|maximum-scale/)
    for (const part of ['interactive-widget=resizes-content', 'viewport-fit=cover'])
      expect(viewport).toContain(part)
    expect(upstream.askedFor('thinks: small?')).toHaveLength(2)
  })

  test('what a phone covers with its camera and its bar is left free', async ({ chat, context }) => {
    const { page } = chat
    const device = await context.newCDPSession(page)
    await device.send('Emulation.setSafeAreaInsetsOverride', { insets: { top: 59, bottom: 34 } })
    const edges = () =>
      page.evaluate(() => {
        const boxes = [...document.querySelectorAll('button, textarea, h1')]
          .filter((element) => element.checkVisibility() && !element.closest('[inert], .sr'))
          .map((element) => element.getBoundingClientRect())
          .filter(({ width }) => width > 1)
        return {
          top: Math.min(...boxes.map(({ top }) => top)),
          bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
        }
      })
    await expect.poll(async () => (await edges()).top).toBeGreaterThanOrEqual(59)
    expect((await edges()).bottom).toBeLessThanOrEqual(664 - 34)
  })

  test('Enter breaks the line, and the button sends', async ({ chat }) => {
    await chat.message.tap()
    await chat.message.pressSequentially('one')
    await chat.message.press('Enter')
    await chat.message.pressSequentially('two')
    await expect(chat.message).toHaveValue('one\ntwo')
    await expect(chat.message).toHaveAttribute('enterkeyhint', 'enter')
    await chat.button('Send message').tap()
    await expect(chat.question).toContainText('one\ntwo')
  })

  test('a keyboard that the browser lays over the page leaves the message box in sight', async ({
    openTab,
    context,
  }) => {
    // As Safari tells it: the window stays as it is, and less of it is seen.
    await context.addInitScript(() => {
      const view = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 })
      Object.defineProperty(globalThis, 'visualViewport', { value: view })
    })
    const { page, message } = await openTab()
    const see = (height: number, scale = 1) =>
      page.evaluate(
        (seen) => {
          Object.assign(visualViewport ?? {}, seen)
          visualViewport?.dispatchEvent(new Event('resize'))
        },
        { height, scale },
      )
    const bottom = async () => {
      const box = await message.boundingBox()
      return (box?.y ?? 0) + (box?.height ?? Infinity)
    }
    await see(330)
    await expect.poll(bottom).toBeLessThan(330)
    await see(664)
    await expect.poll(bottom).toBeGreaterThan(500)
    // Fingers that zoom in see less of the page too, and it has to stay as it is.
    await see(200, 3.3)
    await expect.poll(bottom).toBeGreaterThan(500)
  })
})

test('nothing moves on the page while a reply streams, nor when it ends', async ({ chat, upstream }) => {
  const { page } = chat
  const question = 'steady: does anything move?'
  await expect(chat.model).toBeEnabled()
  // With the first message the buttons of the bar come in, one by one.
  await chat.askAndRead('ok')
  await expect(chat.button('Copy conversation')).toBeVisible()
  await page.evaluate(() => {
    const shifts: string[] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, 'sources')
        const nodes = Array.isArray(sources) ? sources.map(({ node }: { node?: Node | null }) => node) : []
        // The growing end is there to be where the last word is.
        if (nodes.every((node) => node?.nodeName === '::after')) continue
        shifts.push(
          `${String(Reflect.get(entry, 'value'))}: ${nodes.map((node) => node?.nodeName).join(' ')}`,
        )
      }
    }).observe({ type: 'layout-shift' })
  })
  const boxes = () =>
    page.evaluate(() =>
      ['.strip', '.composer', '.viewport', '.bar'].map((part) => {
        const { top, height } = document.querySelector(part)?.getBoundingClientRect() ?? {
          top: -1,
          height: -1,
        }
        return `${part} ${top} ${height}`
      }),
    )
  const before = await boxes()
  upstream.leaveToTest(question)
  await chat.ask(question)
  await expect.poll(() => upstream.askedFor(question).length).toBe(1)
  const hand = upstream.askedFor(question)[0]?.hand
  const heights: (number | undefined)[] = []
  const note = async () => {
    expect(await boxes()).toEqual(before)
    heights.push((await chat.reply.locator('.acts').boundingBox())?.height)
  }
  hand?.say('The first words. ')
  await expect(chat.reply).toContainText('first words')
  await note()
  for (let paragraph = 1; paragraph <= 12; paragraph += 1) {
    hand?.say(`Paragraph ${paragraph}. ${'Some more words of it. '.repeat(8)}\n\n`)
    await expect(chat.reply).toContainText(`Paragraph ${paragraph}.`)
  }
  await note()
  hand?.say('That is all.')
  hand?.finish('stop')
  await chat.toBe('idle')
  await note()
  expect(new Set(heights).size, `the row of actions was ${heights.join(', ')} px high`).toBe(1)
  expect(await page.evaluate<unknown>(() => Reflect.get(globalThis, 'shifts'))).toEqual([])
})

test('a word that was written stays in its line, however the paragraph goes on', async ({
  chat,
  upstream,
}) => {
  const { page } = chat
  await page.setViewportSize({ width: 390, height: 664 })
  // What draws Markdown is there, and a heading none of plain words before.
  upstream.answer('Are you there?', '*Yes.* That is all.')
  await chat.askAndRead('Are you there?')
  await expect(chat.reply.locator('em')).toBeVisible()
  const question = 'Where do the words stand?'
  upstream.leaveToTest(question)
  await chat.ask(question)
  await expect.poll(() => upstream.askedFor(question).length).toBe(1)
  const hand = upstream.askedFor(question)[0]?.hand
  /** Each word, and how far below the reply's beginning its line is, in px. */
  const linesOfWords = () =>
    chat.reply.locator('.prose').evaluate((prose) => {
      const { top } = prose.getBoundingClientRect()
      return [...prose.querySelectorAll('h2, p')].flatMap(({ firstChild: text }) =>
        [...(text?.textContent?.matchAll(/\S+/g) ?? [])].map(({ index, 0: word }) => {
          const range = document.createRange()
          if (text) range.setStart(text, index)
          if (text) range.setEnd(text, index + word.length)
          return `${word} ${Math.round((range.getClientRects()[0]?.top ?? 0) - top)}`
        }),
      )
    })
  const words =
    'A mayfly sits out the rain under a leaf, and rises again when extraordinarily still air is there, '
  const pieces = ['## ', ...words.repeat(2).split(/(?<= )/), '\n\n', ...words.repeat(4).split(/(?<= )/)]
  let before: string[] = []
  for (const [index, piece] of pieces.entries()) {
    hand?.say(index === pieces.length - 1 ? 'there.' : piece)
    const count = index < pieces.indexOf('\n\n') ? index : index - 1
    if (count < 1) continue
    await expect.poll(async () => (await linesOfWords()).length, { intervals: [10] }).toBe(count)
    const now = await linesOfWords()
    expect(now.slice(0, before.length)).toEqual(before)
    before = now
  }
  hand?.finish('stop')
  await chat.toBe('idle')
  expect((await linesOfWords()).slice(0, before.length)).toEqual(before)
})

test.describe('where motion is unwanted', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } })

  test('nothing moves at all', async ({ chat }) => {
    const moving = () =>
      chat.page.evaluate(() => {
        for (const element of document.querySelectorAll('button, summary, dialog'))
          element.getBoundingClientRect()
        return document
          .getAnimations()
          .map(({ effect }) =>
            effect instanceof KeyframeEffect ? effect.target?.outerHTML.slice(0, 60) : '',
          )
      })
    await chat.ask('slow: still?')
    expect(await moving()).toEqual([])
    await expect(chat.reply).toContainText('A mayfly')
    await chat.button('Settings').hover()
    expect(await moving()).toEqual([])
    await chat.stop()
  })
})

test('the colours follow the system at once, and a chosen theme does not', async ({ chat }) => {
  const { page } = chat
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const browserColour = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')].find(
          ({ media }) => matchMedia(media).matches,
        )?.content,
    )
  const [light, dark] = ['rgb(252, 252, 249)', 'rgb(20, 23, 26)']
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await paper()).toBe(dark)
  expect(await browserColour()).toBe('#14171a')
  await page.emulateMedia({ colorScheme: 'light' })
  expect(await paper()).toBe(light)
  expect(await browserColour()).toBe('#fcfcf9')
  await chat.button('Settings').click()
  await page.getByText('Dark', { exact: true }).click()
  expect(await paper()).toBe(dark)
  expect(await browserColour()).toBe('#14171a')
})

test('with more contrast a line, and no dark bar, says that code goes on sideways', async ({
  chat,
  upstream,
}) => {
  upstream.answer('Wide code?', `\`\`\`\n${'wide '.repeat(80)}\n\`\`\`\n\nThat is all.`)
  await chat.askAndRead('Wide code?')
  const shade = () =>
    chat.reply
      .locator('pre')
      .evaluate((code) => getComputedStyle(code).backgroundSize.split(', ').slice(-2).join(' and '))
  expect(await shade()).toBe('12px 100% and 12px 100%')
  await chat.page.emulateMedia({ contrast: 'more' })
  expect(await shade()).toBe('1px 100% and 1px 100%')
  await chat.page.emulateMedia({ contrast: null })
  await chat.page.evaluate(() => (document.documentElement.dataset['theme'] = 'contrast'))
  expect(await shade()).toBe('1px 100% and 1px 100%')
})

test.describe('in colours that the system forces', () => {
  test.use({ contextOptions: { forcedColors: 'active' } })

  test('code does not look as if it were selected', async ({ chat, upstream }) => {
    upstream.answer('Some code?', '```ts\nconst word = "text" // note\n```\n\nThat is all.')
    await chat.askAndRead('Some code?')
    await expect.poll(() => chat.page.evaluate(() => CSS.highlights.has('code-word'))).toBe(true)
    const code = chat.reply.locator('pre code')
    /** How many pixels of a picture of the code are neither black nor white nor grey. */
    const coloured = async () => {
      const picture = (await code.screenshot()).toString('base64')
      return chat.page.evaluate(async (png) => {
        const image = new Image()
        image.src = `data:image/png;base64,${png}`
        await image.decode()
        const canvas = new OffscreenCanvas(image.width, image.height)
        const brush = canvas.getContext('2d')
        brush?.drawImage(image, 0, 0)
        const { data = new Uint8ClampedArray() } = brush?.getImageData(0, 0, image.width, image.height) ?? {}
        const isColoured = (at: number) => {
          const [red = 0, green = 0, blue = 0] = data.slice(at, at + 3)
          return Math.max(red, green, blue) - Math.min(red, green, blue) > 30
        }
        return Array.from({ length: data.length / 4 }, (_, pixel) => pixel * 4).filter(isColoured).length
      }, picture)
    }
    expect(await coloured()).toBe(0)
    await chat.page.emulateMedia({ forcedColors: 'none' })
    expect(await coloured()).toBeGreaterThan(0)
  })

  test('drawings have the colour of words, whatever theme was chosen', async ({ chat, upstream }) => {
    const { page } = chat
    upstream.answer('What is left?', '- [x] one\n- [ ] two\n\nThat is all.')
    await chat.askAndRead('What is left?')
    const boxes = page.locator('.task > [role=img]')
    await expect(boxes).toHaveCount(2)
    const colourOf = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.map((each) => getComputedStyle(each).color))
    const edgesOf = () =>
      boxes.evaluateAll((all) => all.map((each) => getComputedStyle(each, '::before').borderBlockEndColor))
    for (const theme of ['light', 'dark', 'contrast']) {
      await page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), theme)
      const [words] = await colourOf('.prose li')
      expect(await edgesOf(), theme).toEqual([words, words])
      expect(await colourOf('.strip .sign'), theme).toEqual([words])
    }
  })

  test('what has the focus is outlined, and what is pressed has an edge', async ({ chat }) => {
    const { page } = chat
    /** What is to be pressed and has no edge that differs from what is behind it, on any side. */
    const withoutEdge = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('button:enabled, select:enabled')]
          .filter((control) => control.checkVisibility())
          .filter((control) => {
            const style = getComputedStyle(control)
            return !['top', 'right', 'bottom', 'left'].some((side) => {
              const [width, line, colour] = ['width', 'style', 'color'].map((part) =>
                style.getPropertyValue(`border-${side}-${part}`),
              )
              const isDrawn = line !== 'none' && parseFloat(width ?? '') >= 1
              return isDrawn && colour !== getComputedStyle(document.body).backgroundColor
            })
          })
          .map((control) => control.outerHTML.slice(0, 80)),
      )
    await expect(chat.model).toBeEnabled()
    expect(await withoutEdge()).toEqual([])
    await chat.askAndRead('Which colours?')
    await expect(chat.button('Search')).toBeVisible()
    expect(await withoutEdge()).toEqual([])
    for (let press = 0; press < 30; press += 1) {
      await page.keyboard.press('Tab')
      const outline = await page.evaluate(() => {
        const focused = document.activeElement
        if (!focused || focused === document.body) return 'nowhere'
        const outlined = focused.id === 'message' ? focused.closest('form') : focused
        const { outlineStyle, outlineWidth } = getComputedStyle(outlined ?? focused)
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
          ? 'seen'
          : focused.outerHTML.slice(0, 80)
      })
      expect(['seen', 'nowhere']).toContain(outline)
    }
  })
})
