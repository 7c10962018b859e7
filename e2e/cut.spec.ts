import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { freePort } from './fixtures/app.ts'
import type { Chat } from './fixtures/chat.ts'
import { type FaultProxy, startFaultProxy } from './fixtures/fault-proxy.ts'
import { expect, test as base } from './fixtures/test.ts'

type Gateway = {
  readonly port: number
  readonly targetPort: number
  /** The bytes of the last reply's body. */
  lastBytes(): number
  /** Ends the next reply's body properly, though the server has more to say, after so many bytes. */
  endNextAfter(bytes: number): void
  close(): Promise<void>
}

const test = base.extend<object, { gateway: Gateway }>({
  gateway: [
    async ({}, use) => {
      const gateway = await startGateway(await freePort())
      await use(gateway)
      await gateway.close()
    },
    { scope: 'worker' },
  ],
  // The browser, the network that can be cut, the gateway, the app.
  network: [
    async ({ gateway }, use) => {
      const network = await startFaultProxy(gateway.port)
      await use({ ...network, targetPort: gateway.targetPort })
      await network.close()
    },
    { scope: 'worker' },
  ],
})

test.use({ badNetwork: true, requestsMayFail: true })

const whole = `**A mayfly** lives a day; its Greek name, *ephemeron*, says so.

\`\`\`ts
const ends = (hours: number) => hours > 24 && "…" // 🪰
\`\`\`

| tongue | name | said |
| :-- | --: | --- |
| عربي | ذبابة مايو | تعيش يومًا واحدًا |
| עברית | בריום | חי יום אחד |
| 日本語 | 蜉蝣 | かげろう |

1. 👩‍👩‍👧‍👦 see it rise 🏳️‍🌈
2. 🇺🇦🇯🇵🇧🇷 and it's there: é, ﷽, 𝒳, 👍🏽 and done. That is all.`

/** Where replies are cut, as parts of all the bytes of an answer; the first of them lie in its head. */
const places = [0.02, 0.19, 0.41, 0.63, 0.88]

for (const ending of ['reset', 'fin', 'stall', 'clean end'] as const) {
  test(`a reply that is cut by a ${ending} looks after Continue as if it had never been cut`, async ({
    context,
    openTab,
    upstream,
    network,
    gateway,
  }) => {
    await context.clock.install()
    const chat = await openTab()
    const ask = async (question: string) => {
      upstream.answer(question, whole)
      network.killAll('fin') // so that the bytes of a new connection are counted
      const before = network.connections.length
      await chat.ask(question)
      return () => answeredSince(network, before)
    }
    await chat.askAndRead('Hello?') // with the first reply come the parts of the page that draw it
    // The others come while the page is idle. Faults are meant for replies, and not for them.
    await expect(chat.button('Search')).toBeVisible()
    await expect(chat.button('Copy conversation')).toBeVisible()
    const answered = await ask('Uncut?')
    await expect(chat.reply).toContainText('That is all.')
    await chat.toBe('idle')
    const isColoured = () => [...CSS.highlights.values()].some(({ size }) => size > 0)
    await expect.poll(() => chat.page.evaluate(isColoured)).toBe(true)
    const uncut = await chat.reply.locator('.prose').innerHTML()
    const length = ending === 'clean end' ? gateway.lastBytes() : answered()

    let cuts = 0
    for (const place of places) {
      const question = `Cut by a ${ending} at ${place}?`
      const bytes = Math.floor(place * length)
      if (ending === 'clean end') gateway.endNextAfter(bytes)
      else network.setFaults({ limit: { bytes, ending } })
      const passed = await ask(question)
      // How many events a reply has depends on the time it takes: a far place may lie behind the end of a short one.
      const isWhole = async () => (await chat.root.getAttribute('data-state')) === 'idle'
      if (ending === 'stall') {
        await expect.poll(async () => passed() >= bytes || (await isWhole())).toBe(true)
        await chat.page.clock.runFor(152_000) // the link's longest wait, which is the one for the head
      }
      await expect(chat.root).toHaveAttribute('data-state', /interrupted|error|backoff|idle/)
      if (!(await isWhole())) cuts += 1
      network.setFaults({})
      await goOn(chat)
      await chat.toBe('idle')

      // The last piece is drawn with the next frame.
      await expect.poll(() => chat.reply.locator('.prose').innerHTML()).toBe(uncut)
      await expect(chat.questions.filter({ hasText: question })).toHaveCount(1)
      const asked = upstream.askedFor(question)
      for (const { messages } of asked.slice(1)) {
        const last = messages.at(-1)
        if (last?.role === 'assistant') expect(whole.startsWith(last.content)).toBe(true)
      }
    }
    expect(cuts).toBeGreaterThanOrEqual(2)
  })
}

/** Presses what is offered; where nothing of the reply had come, it goes out by itself. */
async function goOn({ root, button }: Chat): Promise<void> {
  const state = await root.getAttribute('data-state')
  if (state === 'interrupted') await button('Continue').click()
  if (state === 'error') await button('Try again').click()
}

const answeredSince = ({ connections }: FaultProxy, first: number) =>
  connections
    .slice(first)
    .flatMap(({ answered }) => answered)
    .reduce((sum, { length }) => sum + length, 0)

/** Starts a gateway on a free port of 127.0.0.1, before a port of the same address. */
async function startGateway(targetPort: number): Promise<Gateway> {
  let limit = Infinity
  let lastBytes = 0
  const server = createServer((req, res) => {
    const { method, url, headers } = req
    const onward = request({ port: targetPort, host: '127.0.0.1', agent: false, method, path: url, headers })
    let most = Infinity
    if (url === '/trpc/reply') [most, limit] = [limit, Infinity]
    onward.on('response', (answer) => {
      let passed = 0
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('data', (piece: Buffer) => {
        res.write(piece.subarray(0, most - passed))
        passed += piece.length
        if (passed < most) return
        res.end()
        onward.destroy()
      })
      answer.on('end', () => {
        if (url === '/trpc/reply') lastBytes = passed
        res.end()
      })
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port')
  return {
    port: address.port,
    targetPort,
    lastBytes: () => lastBytes,
    endNextAfter: (bytes) => {
      limit = bytes
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
