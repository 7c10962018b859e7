import { type Message, textMessage } from '@mayfly/contracts'
import { describe, expect, test } from 'vitest'
import { openUpstream, type UpstreamEvent } from '../upstream.ts'
import { createDemo } from './demo.ts'
import { answer } from './script.ts'

const settings = {
  choice: 'demo',
  apiKey: null,
  baseUrl: null,
  model: null,
  continues: null,
  firstTokenMs: 60,
  silenceMs: 2000,
  systemPrompt: null,
  mayLookForLocal: true,
  ownPort: 3000,
} as const

async function talk(messages: Message[], { now = () => 0, continues = false, paceMs = 0 } = {}) {
  const upstream = await openUpstream(settings, { demo: { paceMs, now } })
  return read(upstream.reply({ messages, continues }, new AbortController().signal))
}

async function read(events: AsyncGenerator<UpstreamEvent>) {
  const reply = { text: '', reasoning: '', last: undefined as UpstreamEvent | undefined }
  for await (const event of events) {
    if (event.type === 'delta') reply.text += event.text
    else if (event.type === 'reasoning') reply.reasoning += event.text
    else reply.last = event
  }
  return reply
}

const asked = (text: string) => [textMessage('user', text)]
const begun = (text: string, prefix: string) => [...asked(text), textMessage('assistant', prefix)]
const around = {
  howToConnect: () => ['npm start'],
  whatWasFound: () => 'Nothing.',
  fields: ['model', 'messages'],
}
const whole = (text: string) => answer([{ role: 'user', content: text }], around).text

test('says in its first reply of a conversation, and only there, that it is a script', async () => {
  const first = await talk(asked('Hello'))
  expect(first.text).toMatch(/^\*This is the built-in demo: a script, no AI\./)
  const second = await talk([...asked('Hello'), textMessage('assistant', first.text), ...asked('Hello')])
  expect(second.text).toMatch(/^Hello!/)
})

test('ends with a finish reason and a count', async () => {
  const { last } = await talk(asked('Hello'))
  expect(last).toMatchObject({ type: 'finished', finishReason: 'stop', usage: { input: 1 } })
})

test('a greeting lists everything that can be shown, and each of it plays', async () => {
  const offered = whole('hi').match(/(?<=^- ).*$/gm) ?? []
  expect(offered).toHaveLength(13)
  for (const ask of offered) expect(whole(ask)).not.toMatch(/ELIZA|From the notes/)
})

describe('the script plays', () => {
  test.each([
    'Show me a table, some code and a formula',
    'show me some code, a table and a formula please!',
    'Can you render Markdown?',
  ])('%s', async (ask) => {
    const { text } = await talk(asked(ask))
    for (const mark of ['| Stage |', '```ts', '$h = \\ln 2', '$$\nN(t)', '1. ', '> ', 'مرحبا', '👩‍🔬'])
      expect(text).toContain(mark)
  })

  test('a slow reply', async () => {
    const began = performance.now()
    const upstream = await openUpstream(settings, { demo: { paceMs: 3 } })
    const events = upstream.reply(
      { messages: asked('Write slowly, so that I can stop you'), continues: false },
      new AbortController().signal,
    )
    for (let n = 0; n < 4; n += 1) await events.next()
    expect(performance.now() - began).toBeGreaterThanOrEqual(2 * 29)
    await events.return(undefined)
  })

  test('a lost connection, once: the rest comes when it is continued', async () => {
    const ask = 'Lose the connection half-way through a reply'
    const cut = await talk(asked(ask))
    expect(cut.last).toEqual({ type: 'failed', failure: { kind: 'upstream-down' } })
    expect(cut.text.length).toBeGreaterThan(100)
    const rest = await talk(begun(ask, cut.text), { continues: true })
    expect(rest.last).toMatchObject({ type: 'finished', finishReason: 'stop' })
    expect(cut.text + rest.text).toBe(whole(ask))
  })

  test('a length limit, once', async () => {
    const ask = 'Write until you reach the limit'
    const cut = await talk(asked(ask))
    expect(cut.last).toMatchObject({ type: 'finished', finishReason: 'length' })
    const rest = await talk(begun(ask, cut.text), { continues: true })
    expect(cut.text + rest.text).toBe(whole(ask))
  })

  test('a filter after text, and one before', async () => {
    const after = await talk(asked('Let a filter stop your reply'))
    expect(after.last).toMatchObject({ type: 'finished', finishReason: 'filtered' })
    expect(after.text).toContain('Some providers')
    const before = await talk(asked('Let a filter refuse my question'))
    expect(before).toMatchObject({ text: '', last: { type: 'failed', failure: { kind: 'filtered' } } })
  })

  test('a server that fails, and one that is silent', async () => {
    const broken = await talk(asked('Let the model’s server fail'))
    expect(broken.last).toEqual({ type: 'failed', failure: { kind: 'upstream-down' } })
    const silent = await talk(asked('Say nothing'))
    expect(silent).toMatchObject({ text: '', last: { type: 'failed', failure: { kind: 'silent' } } })
  })

  test('reasoning beside the text', async () => {
    const { text, reasoning } = await talk(asked('Think before you answer'))
    expect(reasoning).toContain('3 × 2 = 6')
    expect(text).toContain('**Ten** legs')
  })

  test('what it received: every message by role and length', async () => {
    const messages = [...asked('Hello'), textMessage('assistant', '👍🏽'), ...asked('What did you receive?')]
    const { text } = await talk(messages)
    expect(text).toContain('**3 messages**, together 28 characters')
    expect(text).toContain('| 1 | user | 5 |')
    expect(text).toContain('| 2 | assistant | 2 |')
    expect(text).toContain('| 3 | user | 21 |')
    expect(text).toContain('`model`, `messages`, `stream`, `stream_options`')
  })

  test('how to connect a real model, with what was found', async () => {
    const { text } = await talk(asked('How do I connect a real model?'))
    expect(text).toContain('OPENAI_API_KEY=')
    expect(text).toContain('I did not look for a model server')
    const upstream = await openUpstream(
      { ...settings, choice: 'auto' },
      { localServers: [{ name: 'Ollama', port: 1, path: '/v1', kind: 'ollama' }], demo: { paceMs: 0 } },
    )
    const looked = await read(
      upstream.reply(
        { messages: asked('How do I connect a real model?'), continues: false },
        AbortSignal.timeout(5000),
      ),
    )
    expect(looked.text).toContain('Ollama (1): none answered')
  })
})

describe('the rate limit', () => {
  const ask = asked('Simulate a rate limit')
  const limited = (retryAfterMs: number) => ({
    type: 'failed',
    failure: { kind: 'rate-limited', retryAfterMs },
  })

  test('refuses first, lets in whoever waited, and refuses the next again', async () => {
    let at = 100_000
    const upstream = await openUpstream(settings, { demo: { paceMs: 0, now: () => at } })
    const send = async () =>
      (await read(upstream.reply({ messages: ask, continues: false }, new AbortController().signal))).last
    expect(await send()).toEqual(limited(3000))
    at += 1200
    expect(await send()).toEqual(limited(2000))
    at += 1800
    expect(await send()).toMatchObject({ type: 'finished' })
    at += 10
    expect(await send()).toEqual(limited(3000))
  })

  test('does not stand in the way of a reply that goes on', async () => {
    const prefix = whole('Simulate a rate limit').slice(0, 50)
    const { last } = await talk(begun('Simulate a rate limit', prefix), { continues: true })
    expect(last).toMatchObject({ type: 'finished' })
  })
})

describe('a reply goes on', () => {
  test('from every length of its beginning, without a seam', async () => {
    const ask = 'Show me a table, some code and a formula'
    const full = whole(ask)
    const upstream = await openUpstream(settings, { demo: { paceMs: 0 } })
    const signal = new AbortController().signal
    const seams: number[] = []
    for (let length = 1; length <= full.length; length += 1) {
      const prefix = full.slice(0, length)
      const { text } = await read(upstream.reply({ messages: begun(ask, prefix), continues: true }, signal))
      if (prefix + text !== full) seams.push(length)
    }
    expect(seams).toEqual([])
  })

  test('honestly not at all from what is not its own', async () => {
    const { text } = await talk(begun('Hello', 'Once upon a time'), { continues: true })
    expect(text).toContain('can’t go on from it')
  })
})

test('answers the latest of several questions that were joined', () => {
  expect(whole('Simulate a rate limit\n\n12 * 3')).toContain('= **36**')
})

describe('other questions', () => {
  test.each([
    ['How does Stop work?', 'Stop'],
    ['what do you keep about me', 'What is kept, and where'],
    ['What happens when I refresh?', 'What is kept, and where'],
    ['How do I get an access token?', 'Programs and access tokens'],
    ['what keyboard shortcuts are there', 'Keys on the keyboard'],
    ['I forgot my pasword', 'Signing in, accounts and passwords'],
    ['Why is it called Mayfly?', 'Why it is called Mayfly'],
  ])('%s is looked up, and the note is named', (ask, title) => {
    expect(whole(ask)).toContain(`From the notes that come with this app: *${title}*`)
  })

  test('sums are done', () => {
    expect(whole('What is 12 * (3 + 4)?')).toContain('`12 * (3 + 4)` = **84**')
    expect(whole('1/0')).toContain('has no value')
  })

  test.each([
    ['I am tired of my work', 'tired of your work'],
    ['Tell me about cats', '?'],
    ['What is the weather in Paris?', '?'],
    ['مرحبا', '.'],
  ])('%s is turned round, by a form that is named', (ask, expected) => {
    expect(whole(ask)).toContain(expected)
    expect(whole(ask)).toContain('ELIZA (1966)')
  })

  test('the same words are turned in another way later on', () => {
    const turn = (role: string, content: string) => ({ role, content })
    const once = answer([turn('user', 'Hm'), turn('assistant', 'x'), turn('user', 'I am tired')], around).text
    expect(whole('I am tired')).not.toContain(once)
  })
})

test('writes only what is read, and stops when the reader leaves', async () => {
  const left = new AbortController()
  const send = createDemo({ ...around, paceMs: 5 })
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] })
  const init = { method: 'POST', body, signal: left.signal }
  const response = await send('http://demo.invalid/v1/chat/completions', init)
  const reader = response.body?.getReader()
  await reader?.read()
  left.abort()
  await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' })
})
