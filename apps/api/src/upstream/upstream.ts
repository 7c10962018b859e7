import type { Message, ModelInfo, ReplyRequest, UpstreamInfo, UpstreamReason } from '@mayfly/contracts'
import type { OpenAI } from 'openai'
import { asTurn, continueFrom } from './continue.ts'
import { createDemo, demoModel, type DemoOptions } from './demo/demo.ts'
import { findLocalServers, type FoundServer, type LocalServer, usualServers } from './detect.ts'
import { keepFor60Seconds, orderModels, readModels } from './models.ts'
import { type Ask, createClient, streamReply, type UpstreamEvent } from './openai.ts'
import { basesOf, serverAt, type ServerKind, serverOwning } from './servers.ts'

export type { UpstreamEvent } from './openai.ts'

export type UpstreamSettings = {
  /** `UPSTREAM`. */
  choice: 'auto' | 'demo' | 'openai' | { url: string }
  /** `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_MODEL`. */
  apiKey: string | null
  baseUrl: string | null
  model: string | null
  /** `UPSTREAM_CONTINUES`; null leaves it to the kind of server. */
  continues: 'prefill' | 'instruct' | null
  firstTokenMs: number
  silenceMs: number
  systemPrompt: string | null
  /** Whether servers on this machine may be looked for: only while nobody else can reach this one. */
  mayLookForLocal: boolean
  /** The port we listen on ourselves, so that we are not found. */
  ownPort: number
}

export type UpstreamRequest = {
  messages: Message[]
  model?: string | undefined
  options?: ReplyRequest['options']
  /** The last message is a partial reply, to go on from where it ends. */
  continues: boolean
}

export interface Upstream {
  info(): UpstreamInfo
  /** Lines for the console that say how to get replies from a real model; none when they do come from one. */
  howToConnect(): string[]
  /** The models to chat with, the default first; empty when the server would not say and none is configured. */
  models(): Promise<ModelInfo[]>
  /** Looks for servers on this machine again where the choice was left to us. Asks seven ports; the caller throttles. */
  lookAgain(): Promise<UpstreamInfo>
  /**
   * One reply's events, as `streamReply` says. A paused reader's `signal` is what ends it: `return()` alone waits for
   * a pending read.
   */
  reply(request: UpstreamRequest, signal: AbortSignal): AsyncGenerator<UpstreamEvent>
}

/** For tests: other ports to look at, and how the demo paces itself. */
export type UpstreamParts = {
  localServers?: readonly LocalServer[]
  demo?: Pick<DemoOptions, 'paceMs' | 'now'>
}

type Source = {
  info: UpstreamInfo
  kind: ServerKind
  client: OpenAI
  models: () => Promise<ModelInfo[]>
}

/** How a server's list is put in order: `must` stands first in any case, `may` where it is listed or nothing is. */
type Order = { must: string | null; may: string | null; newestFirst: boolean }

const listMs = 5000
const openAiBase = 'https://api.openai.com/v1'
// OpenAI lists dozens, in no order: without a word from the owner the default must not be a costly one.
const openAiModel = 'gpt-5-mini'

/** Decides where replies come from: `UPSTREAM`, else the `OPENAI_` settings, else a server found here, else the demo. */
export async function openUpstream(settings: UpstreamSettings, parts: UpstreamParts = {}): Promise<Upstream> {
  const { choice, apiKey, baseUrl } = settings
  const localServers = parts.localServers ?? usualServers
  const looks = choice === 'auto' && !apiKey && !baseUrl && settings.mayLookForLocal
  let source = await choose()

  async function choose(): Promise<Source> {
    if (typeof choice === 'object') return configured(choice.url, 'set')
    if (choice === 'openai') return configured(baseUrl ?? openAiBase, 'openai')
    if (choice === 'demo') return demo('demo')
    if (baseUrl) return configured(baseUrl, 'base-url')
    if (apiKey) return configured(openAiBase, 'key')
    if (!looks) return demo('nothing-set')
    const [first] = await findLocalServers(settings.ownPort, localServers)
    return first ? local(first) : demo('none-found')
  }

  function configured(written: string, why: UpstreamReason): Source {
    const bases = basesOf(written)
    const kind = serverAt(bases[0])
    const client = createClient({ key: apiKey, bases })
    if (kind === 'openai') {
      const models = listOf(client, { must: settings.model, may: openAiModel, newestFirst: true })
      return { info: { kind: 'openai', name: 'OpenAI', why }, kind, client, models }
    }
    const models = listOf(client, { must: settings.model, may: null, newestFirst: false })
    return { info: { kind: 'custom', name: new URL(written).host, why }, kind, client, models }
  }

  function local({ name, base, kind, port }: FoundServer): Source {
    // No key: it was not meant for whoever happens to listen there.
    const client = createClient({ key: null, bases: [base] })
    // A model that was set for another server need not be here.
    const models = listOf(client, { must: null, may: settings.model, newestFirst: false })
    return { info: { kind: 'local', name, why: 'found', port }, kind, client, models }
  }

  function demo(why: UpstreamReason): Source {
    const send = createDemo({ ...parts.demo, howToConnect, whatWasFound })
    const client = createClient({ key: null, bases: ['http://demo.invalid/v1'], send })
    const models = listOf(client, { must: null, may: null, newestFirst: false })
    return { info: { kind: 'demo', name: demoModel.name, why }, kind: 'demo', client, models }
  }

  function listOf(client: OpenAI, { must, may, newestFirst }: Order): () => Promise<ModelInfo[]> {
    const read = keepFor60Seconds(async () => {
      const answer = await client.get<unknown>('/models', { signal: AbortSignal.timeout(listMs) })
      const listed = readModels(answer)
      if (!listed) throw new TypeError('not a list of models')
      if (source.client === client && source.kind === 'other') source.kind = serverOwning(listed[0]?.owner)
      if (newestFirst) listed.sort((one, other) => other.created - one.created)
      return orderModels(listed, must ?? (listed.some(({ id }) => id === may) ? may : null))
    })
    const known = must ?? may
    return () =>
      read().catch((error: unknown) => {
        if (known === null) throw error
        return orderModels([], known)
      })
  }

  function howToConnect(): string[] {
    if (source.kind !== 'demo') return []
    return [
      'To get replies from a real model, stop this and start it with one of these:',
      '  OPENAI_API_KEY=sk-... npm start                OpenAI',
      '  UPSTREAM=http://localhost:1234/v1 npm start    any server that speaks the OpenAI protocol',
      '  ollama pull llama3.2 && npm start              Ollama, LM Studio and the like are found by themselves',
    ]
  }

  function whatWasFound(): string {
    if (!looks) return 'I did not look for a model server on this machine.'
    const tried = localServers.map(({ name, port }) => `${name} (${port})`).join(', ')
    return `I looked on the usual ports of this machine for ${tried}: none answered with a chat model.`
  }

  async function prepare(request: UpstreamRequest): Promise<Ask | null> {
    const asked = source
    const { model = (await asked.models())[0]?.id } = request
    // Asking for the list may give away who the server is, which decides how it is asked to go on.
    if (request.continues) await asked.models().catch(() => [])
    if (model === undefined) return null
    const { messages, body, repeats, heldBack } = request.continues
      ? continueFrom(request.messages, asked.kind, settings.continues)
      : { messages: request.messages.map(asTurn), body: {}, repeats: 0, heldBack: '' }
    const { systemPrompt } = settings
    const params = {
      model,
      messages: systemPrompt ? [{ role: 'system' as const, content: systemPrompt }, ...messages] : messages,
      stream: true as const,
      stream_options: { include_usage: true },
      ...fieldsFor(asked.kind, request.options),
      ...body,
    }
    return { client: asked.client, repeats, heldBack, params }
  }

  return {
    info: () => source.info,
    howToConnect,
    models: () => source.models().catch(() => []),
    async lookAgain() {
      if (looks) source = await choose()
      return source.info
    },
    reply: (request, signal) => streamReply(() => prepare(request), settings, signal),
  }
}

/** The fields that OpenAI knows by other names than everybody else, or alone; others may refuse what they don't know. */
function fieldsFor(kind: ServerKind, { temperature, maxTokens }: UpstreamRequest['options'] = {}) {
  const isOpenAi = kind === 'openai'
  return {
    ...(isOpenAi ? { store: false } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { [isOpenAi ? 'max_completion_tokens' : 'max_tokens']: maxTokens }),
  }
}
