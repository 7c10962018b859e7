import type { Person, WhoAmI } from '@mayfly/contracts'
import { contractVersion } from '@mayfly/contracts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as Session from './session.ts'

const server = vi.hoisted(() => ({
  session: vi.fn<() => Promise<unknown>>(),
  signOut: vi.fn<() => Promise<void>>(),
  useLink: vi.fn<(input: { code: string }) => Promise<{ ok: boolean }>>(),
}))

vi.mock('./client.ts', () => ({
  client: {
    session: { query: server.session },
    signOut: { mutate: server.signOut },
    useLink: { mutate: server.useLink },
  },
}))

const ada: Person = { id: '1', name: 'ada', role: 'owner', hasPassword: true }
const bob: Person = { id: '2', name: 'bob', role: 'member', hasPassword: true }

const answer = (person: Person | null): WhoAmI => ({
  version: contractVersion,
  signUp: 'closed',
  passwords: true,
  person,
  chat: person && {
    upstream: { kind: 'demo', name: 'Demo', why: 'demo' },
    systemPrompt: null,
    firstTokenMs: 1,
    silenceMs: 1,
    concurrentReplies: 4,
  },
})

let session: typeof Session
let otherTab: BroadcastChannel
let stop = () => {}
const heard: unknown[] = []

beforeEach(async () => {
  vi.resetModules()
  Reflect.deleteProperty(globalThis, 'Solid$$') // by which a second Solid is told of the first
  vi.resetAllMocks()
  server.session.mockResolvedValue(answer(ada))
  session = await import('./session.ts')
  otherTab = new BroadcastChannel('mayfly')
  heard.length = 0
  otherTab.onmessage = ({ data }) => heard.push(data)
})

afterEach(() => {
  otherTab.close()
  stop() // for the channel outlives its module, and the next test's words reach this one's too
})

describe('the gate', () => {
  test('knows nobody before the server has answered, and says why when it can not', async () => {
    expect(session.whoAmI()).toBeNull()
    expect(session.signedOut()).toBe(false)
    server.session.mockRejectedValue(new Error('a bug'))
    await session.start(null)
    expect(session.trouble()).toEqual({ kind: 'unexpected' })
    expect(session.signedOut()).toBe(false)
  })

  test('lets a signed-in person in', async () => {
    await session.start(null)
    expect(session.person()).toEqual(ada)
    expect(session.chatInfo()?.upstream.kind).toBe('demo')
    expect(session.trouble()).toBeNull()
  })

  test('uses up a one-time link before it asks who this is, and tells the other tabs', async () => {
    server.useLink.mockResolvedValue({ ok: true })
    await session.start('abc')
    expect(server.useLink).toHaveBeenCalledWith({ code: 'abc' })
    expect(session.person()).toEqual(ada)
    await vi.waitFor(() => expect(heard).toEqual(['signed in']))
  })

  test('says that a one-time link is of no use, and shows the way in', async () => {
    server.useLink.mockResolvedValue({ ok: false })
    server.session.mockResolvedValue(answer(null))
    await session.start('abc')
    expect(session.notice()).toBe('link-invalid')
    expect(session.signedOut()).toBe(true)
  })
})

describe('a session that ended', () => {
  const samePerson = vi.fn<(same: boolean) => void>()

  beforeEach(async () => {
    await session.start(null)
    stop = session.onSignedIn(samePerson)
    session.askToSignInAgain()
  })

  test('covers the conversation and keeps whose it is', () => {
    expect(session.mustSignInAgain()).toBe(true)
    expect(session.person()).toEqual(ada)
  })

  test('is over at a word from another tab, when the same person is back', async () => {
    otherTab.postMessage('signed in')
    await vi.waitFor(() => expect(session.mustSignInAgain()).toBe(false))
    expect(samePerson).toHaveBeenCalledExactlyOnceWith(true)
    expect(session.notice()).toBeNull()
  })

  test('drops the conversations before somebody else is let in, and says so', async () => {
    samePerson.mockImplementation(() => expect(session.person()).toEqual(ada))
    server.session.mockResolvedValue(answer(bob))
    otherTab.postMessage('signed in')
    await vi.waitFor(() => expect(session.person()).toEqual(bob))
    expect(samePerson).toHaveBeenCalledExactlyOnceWith(false)
    expect(session.notice()).toBe('somebody-else')
  })

  test('stays covered while nobody is signed in after all', async () => {
    server.session.mockResolvedValue(answer(null))
    await session.refresh()
    expect(session.mustSignInAgain()).toBe(true)
    expect(session.person()).toEqual(ada)
  })
})

describe('signing out', () => {
  const forget = vi.fn<() => void>()

  beforeEach(async () => {
    await session.start(null)
    stop = session.onForget(forget)
    server.session.mockResolvedValue(answer(null))
  })

  test('forgets the conversations here and tells the other tabs', async () => {
    expect(await session.signOut()).toBe(true)
    expect(forget).toHaveBeenCalledOnce()
    expect(session.signedOut()).toBe(true)
    await vi.waitFor(() => expect(heard).toEqual(['signed out']))
  })

  test('forgets them here when it was done in another tab', async () => {
    otherTab.postMessage('signed out')
    await vi.waitFor(() => expect(session.signedOut()).toBe(true))
    expect(forget).toHaveBeenCalledOnce()
    expect(session.notice()).toBe('signed-out-elsewhere')
  })

  test('keeps everything and says so when the server does not answer', async () => {
    server.signOut.mockRejectedValue(new Error('no answer'))
    expect(await session.signOut()).toBe(false)
    expect(forget).not.toHaveBeenCalled()
    expect(session.person()).toEqual(ada)
    expect(session.notice()).toBe('sign-out-failed')
  })

  test('is not undone by an answer that was asked for before it', async () => {
    let late = (_: WhoAmI) => {}
    server.session.mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
    const asking = session.refresh()
    await session.signOut()
    late(answer(ada))
    await asking
    expect(session.signedOut()).toBe(true)
  })
})

describe('a newer server', () => {
  test('is noticed, and nothing is lost', async () => {
    await session.start(null)
    server.session.mockResolvedValue({ ...answer(ada), version: contractVersion + 1 })
    await session.refresh()
    expect(session.notice()).toBe('new-version')
    expect(session.person()).toEqual(ada)
  })
})
