import type { ServerResponse } from 'node:http'
import { type Act, type Fault, test, testFaults } from './fixtures/fault.ts'
import { page } from './fixtures/gateway.ts'
import { replyTo } from './fixtures/upstream.ts'

test.use({ limitSeconds: 2 })

const html = '<!doctype html><title>Welcome</title><p>Please accept our terms.'

const mendNetwork: Act = ({ modelNetwork }) => modelNetwork.setFaults({})
const cutsAnswer =
  (ending: 'reset' | 'fin' | 'stall'): Act =>
  ({ modelNetwork }) =>
    modelNetwork.setFaults({ limit: { bytes: 0, ending } })

/** The next request is answered by the gateway, once. */
const answers =
  (answer: (res: ServerResponse, question: string) => void): Act =>
  ({ modelGateway, question }) =>
    modelGateway.handleNext({ answer: (res) => answer(res, question) })
const answersPage = (...told: Parameters<typeof page>) => answers(page(...told))
const refuses = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  answersPage(status, JSON.stringify({ error: { message: 'No.', ...error } }), {
    'content-type': 'application/json',
    ...headers,
  })
const limits = (retryAfter: string) => refuses(429, {}, { 'retry-after': retryAfter })

const says = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`

/** An event stream of these frames; it is left open where `ends` is false. */
const streams = (frames: (question: string) => Iterable<string>, ends = true) =>
  answers((res, question) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.flushHeaders()
    for (const frame of frames(question)) res.write(frame)
    if (ends) res.end('data: [DONE]\n\n')
  })

const halfOf = (question: string) => replyTo(question).slice(0, replyTo(question).length / 2)

/** An event stream that begins so, and then holds nothing but comments. */
const keepsAlive = (begin: (question: string) => string) =>
  answers((res, question) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(begin(question))
    const alive = setInterval(() => res.write(': still here\n\n'), 100)
    res.on('close', () => clearInterval(alive))
  })

const paragraph = `${'A mayfly lives a day. '.repeat(100)}\n\n`
/** More than a reply may be; what is asked for the rest of it gets a few words. */
const long = paragraph.repeat(5_000)
const longest = `${long.slice(0, 2_000_100)} That is all.`
const words = 'Mayfly '

const faults: Fault[] = [
  {
    cause: 'Nobody listens',
    before: ({ modelNetwork }) => modelNetwork.refuse(),
    mend: ({ modelNetwork }) => modelNetwork.accept(),
  },
  {
    cause: 'Its name is not known',
    before: ({ app }) => app.restart({ UPSTREAM: 'http://model.invalid/v1' }),
    mend: ({ app }) => app.restart(),
  },
  {
    cause: 'It speaks no TLS where TLS is wanted',
    before: ({ app, modelNetwork }) => app.restart({ UPSTREAM: `https://127.0.0.1:${modelNetwork.port}/v1` }),
    mend: ({ app }) => app.restart(),
  },
  { cause: 'The connection is reset before the first word', before: cutsAnswer('reset'), mend: mendNetwork },
  { cause: 'The connection is closed before the first word', before: cutsAnswer('fin'), mend: mendNetwork },
  {
    cause: 'The connection is reset in the middle of a reply',
    asks: 'holds',
    midReply: ({ modelNetwork }) => modelNetwork.killAll('reset'),
  },
  {
    cause: 'The connection is closed in the middle of a reply',
    asks: 'holds',
    midReply: ({ modelNetwork }) => modelNetwork.killAll('fin'),
  },
  { cause: 'The reply ends early, as if it were whole', asks: 'ends early' },
  {
    cause: 'A gateway ends the reply properly where it was reset',
    asks: 'holds',
    before: ({ modelGateway }) => modelGateway.handleNext({ hidesResets: true }),
    midReply: ({ modelGateway }) => modelGateway.breakOff(),
  },
  {
    cause: 'A gateway holds the reply back until it is whole',
    before: ({ modelGateway }) => modelGateway.handleNext({ buffers: true }),
  },
  { cause: 'Headers come, and then nothing', before: streams(() => [], false) },
  { cause: 'Only keep-alives come', before: keepsAlive(() => '') },
  {
    cause: 'The network swallows everything',
    before: ({ modelNetwork }) => modelNetwork.setFaults({ blackhole: true }),
    mend: mendNetwork,
  },
  { cause: 'It falls silent in the middle of a reply', asks: 'holds', midReply: () => {} },
  {
    cause: 'Only keep-alives come after half of a reply',
    before: keepsAlive((question) => says(halfOf(question))),
    midReply: () => {},
  },
  {
    cause: 'Each piece takes 100 ms',
    before: ({ modelNetwork }) => modelNetwork.setFaults({ latencyMs: 100 }),
    mend: mendNetwork,
  },
  {
    cause: 'Bytes come one at a time',
    before: ({ modelNetwork }) => modelNetwork.setFaults({ sliceBytes: 1 }),
    mend: mendNetwork,
  },
  { cause: '429, Retry-After: 3', before: limits('3'), leastWaitMs: 3_000 },
  {
    cause: '429, Retry-After with a date in a few seconds',
    // A date has whole seconds, and some time passes until it is read.
    leastWaitMs: 3_000,
    before: ({ modelGateway }) => {
      const date = new Date(Date.now() + 5_000).toUTCString()
      modelGateway.handleNext({
        answer: page(429, '{}', { 'content-type': 'application/json', 'retry-after': date }),
      })
    },
  },
  {
    cause: '429, retry-after-ms: 2500',
    before: refuses(429, {}, { 'retry-after-ms': '2500' }),
    leastWaitMs: 2_500,
  },
  { cause: '429, Retry-After: 600', before: limits('600') },
  { cause: '429, Retry-After: 999999999', before: limits('999999999') },
  { cause: '429, Retry-After: -5', before: limits('-5') },
  { cause: '429, Retry-After: soon', before: limits('soon') },
  {
    cause: '429 as a page, Retry-After: 3',
    before: answersPage(429, html, { 'retry-after': '3' }),
    leastWaitMs: 3_000,
  },
  { cause: '429, the quota is used up', before: refuses(429, { code: 'insufficient_quota' }) },
  { cause: '500', before: refuses(500) },
  { cause: '503', before: refuses(503) },
  { cause: '401', before: refuses(401, { code: 'invalid_api_key' }) },
  { cause: '403', before: refuses(403) },
  {
    cause: 'The conversation is too long for the model',
    earlier: true,
    before: refuses(400, { code: 'context_length_exceeded' }),
  },
  {
    cause: 'The first question is too long for the model',
    before: refuses(400, { code: 'context_length_exceeded' }),
  },
  { cause: 'A filter refuses the question', before: refuses(400, { code: 'content_filter' }) },
  {
    cause: 'A filter ends the reply before its first word',
    before: streams(() => [says('', 'content_filter')]),
  },
  {
    cause: 'A filter ends the reply in its middle',
    before: streams((question) => [says(halfOf(question)), says('', 'content_filter')]),
  },
  {
    cause: 'The reply reaches its length',
    before: streams((question) => [says(halfOf(question)), says('', 'length')]),
  },
  { cause: 'The reply is empty', before: streams(() => [says('', 'stop')]) },
  { cause: 'The reply is nothing but space', before: streams(() => [says(' \n\n '), says('', 'stop')]) },
  { cause: 'A page with status 200', before: answersPage(200, html) },
  { cause: 'An error stands in the middle of the stream', asks: 'error frame' },
  {
    cause: 'A frame in the middle of the stream is no JSON',
    before: streams((question) => [says(halfOf(question)), 'data: {"choices":[{"del\n\n']),
  },
  { cause: 'A redirect', before: answersPage(307, '', { location: 'http://127.0.0.1:9/v1' }) },
  {
    cause: 'One frame of 10 MB',
    before: streams(() => [says(long), says('', 'stop')]),
    whole: longest,
  },
  {
    cause: '100,000 tiny frames',
    before: streams(function* () {
      for (let frame = 0; frame < 100_000; frame += 1) yield says(words)
      yield says('', 'stop')
    }),
    whole: words.repeat(100_000),
  },
  {
    cause: 'A reply without end',
    before: answers((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = () => {
        while (!res.destroyed && res.write(says(paragraph)));
      }
      res.on('drain', more)
      more()
    }),
    whole: longest,
  },
]

testFaults('model', faults)

test.afterEach(async ({ modelNetwork }) => {
  modelNetwork.setFaults({})
  await modelNetwork.accept()
})
