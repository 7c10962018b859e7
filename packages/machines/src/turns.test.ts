import assert from 'node:assert/strict'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastUnsent, openBranch, root, type Tree, type Turn, versionsOf } from './tree.ts'
import { watchConversation } from './watched-conversation.fixture.ts'

type Chat = ReturnType<typeof watchConversation>

const acts = [
  'ask',
  'answer',
  'half an answer',
  'stop',
  'failure',
  'continue',
  'retry',
  'regenerate',
  'edit',
  'choose',
  'delete',
  'undo',
  'leave out',
  'time',
] as const
type Act = (typeof acts)[number]

/** The words that `keepBook` says. */
const words = /[qa]\d+\./g

/** What a person can come to from the open branch by walking versions alone, each by its id. */
function reach(tree: Tree): Map<string, Turn> {
  const reached = new Map<string, Turn>()
  const look = (parent: string) => {
    const [first] = tree.children.get(parent) ?? []
    for (const id of first === undefined ? [] : versionsOf(tree, first)) {
      const turn = tree.turns.get(id)
      assert.ok(turn)
      assert.ok(!reached.has(id), `${id} is there twice`)
      reached.set(id, turn)
      look(id)
    }
  }
  look(root)
  return reached
}

/**
 * Keeps its own book of what was said: each question and each piece of a reply has a word of its own, which has to be
 * found until the turn that holds it is deleted. Of what was left out it notes the ids.
 */
function keepBook() {
  const chat = watchConversation()
  let spoken = 0
  let said = new Set<string>()
  // What was left out, each time from the first question to the last reply, both included.
  const leftOut: string[][] = []
  let called = 0
  let before: { said: Set<string>; tree: Tree } | null = null
  const word = (kind: string) => {
    spoken += 1
    return `${kind}${spoken}.`
  }
  const wordsOf = (turn: Turn | undefined) => turn?.text.match(words) ?? []

  /** The `n`th turn of this role that can be seen, or of any. */
  const pick = (n: number, role?: Turn['role']) => {
    const seen = openBranch(chat.context().tree).filter((turn) => role === undefined || turn.role === role)
    return seen[n % seen.length]
  }

  function act(kind: Act, n: number) {
    const isBusy = chat.context().open !== null
    switch (kind) {
      case 'ask': {
        if (isBusy) return
        const text = word('q')
        chat.tell({ type: 'draft', text }, { type: 'send' })
        said.add(text)
        return
      }
      case 'edit': {
        const id = pick(n, 'user')?.id
        if (isBusy || id === undefined) return
        const text = word('q')
        chat.tell({ type: 'edit', id, text })
        said.add(text)
        return
      }
      case 'answer':
      case 'half an answer': {
        if (!isAsking(chat)) return
        const text = word('a')
        chat.say({ type: 'reply.delta', text })
        said.add(text)
        if (kind === 'answer') chat.say({ type: 'reply.finished', finishReason: 'stop', usage: null })
        return
      }
      case 'failure':
        return chat.say({ type: 'reply.failed', failure: { kind: n % 2 === 0 ? 'network' : 'unexpected' } })
      case 'stop':
      case 'continue':
      case 'retry':
        return chat.tell({ type: kind })
      case 'regenerate': {
        const id = pick(n, 'assistant')?.id
        return id === undefined ? undefined : chat.tell({ type: 'regenerate', id })
      }
      case 'choose': {
        const turn = pick(n)
        const versions = turn ? versionsOf(chat.context().tree, turn.id) : []
        const id = versions[n % versions.length]
        return id === undefined ? undefined : chat.tell({ type: 'choose', id })
      }
      case 'delete': {
        const question = pick(n, 'user')
        const { tree } = chat.context()
        if (isBusy || !question) return
        const replies = (tree.children.get(question.id) ?? []).map((id) => tree.turns.get(id))
        before = { said: new Set(said), tree: structuredClone(tree) }
        for (const turn of [question, ...replies]) for (const each of wordsOf(turn)) said.delete(each)
        return chat.tell({ type: 'delete', id: question.id })
      }
      case 'undo': {
        const undone = chat.context().undo ? before : null
        chat.tell({ type: 'undo' })
        if (!undone) return
        assert.deepEqual(chat.context().tree, undone.tree)
        said = undone.said
        return
      }
      case 'leave out': {
        act('ask', n)
        chat.say({ type: 'reply.failed', failure: { kind: 'context-too-long' } })
        const { tree } = chat.context()
        chat.tell({ type: 'leave out' })
        const last = chat.context().tree === tree ? undefined : lastUnsent(chat.context().tree)
        if (!last) return
        const ids = openBranch(tree).map(({ id }) => id)
        leftOut.push(ids.slice(0, ids.indexOf(last.id) + 1))
        return
      }
      case 'time':
        return chat.pass(n % 2 === 0 ? 4_000 : 11_000)
    }
  }

  function check() {
    const { tree, open, undo } = chat.context()
    const reached = reach(tree)
    assert.deepEqual([...reached.keys()].toSorted(), [...tree.turns.keys()].toSorted())
    const texts = [...reached.values()].map((turn) =>
      turn.id === open?.id ? { ...turn, text: open.text } : turn,
    )
    assert.deepEqual(texts.flatMap(wordsOf).toSorted(), [...said].toSorted())
    for (const turn of openBranch(tree)) {
      const versions = versionsOf(tree, turn.id)
      assert.ok(versions.includes(turn.id), 'a turn is one of its versions')
      assert.equal(new Set(versions).size, versions.length)
      const ages = versions.map((id) => Number(id.slice(1)))
      assert.deepEqual(
        ages,
        ages.toSorted((a, b) => a - b),
        'versions are oldest first',
      )
    }
    if (!undo) before = null
    if (chat.calls.length > called) checkSent()
    called = chat.calls.length
  }

  /** What goes out is all that the page shows below its line, and nothing that was left out. */
  function checkSent() {
    const { tree, open } = chat.context()
    const branch = openBranch(tree)
    const unsent = lastUnsent(tree)
    const line = unsent ? branch.indexOf(unsent) : -1
    const sent = branch.slice(line + 1)
    assert.deepEqual(
      chat.asked()?.flatMap((text) => text.match(words) ?? []),
      sent.flatMap(wordsOf),
    )
    assert.ok(
      sent.some(({ role }) => role === 'user'),
      'a question is sent',
    )

    assert.ok(!unsent || leftOut.some((ids) => ids.includes(unsent.id)), 'nobody left that out')
    for (const ids of leftOut) {
      const last = () => ids.findLast((id) => tree.turns.get(id)?.role === 'assistant')
      // Whoever goes on with the last reply, or tries it again, asks its question once more.
      if (open && last() === open.id) ids.length = ids.indexOf(branch.at(-2)?.id ?? '')
      if (branch.some(({ id }) => id === last()))
        assert.ok(!sent.some(({ id }) => ids.includes(id)), 'what was left out is sent again')
    }
  }

  return { act, check, chat, leftOut }
}

const isAsking = (chat: Chat) => chat.state() === 'sending' || chat.state() === 'streaming'

test(
  'no sequence of edits, versions, deletions, undos, failures and ways on from them loses a message, or sends what was left out',
  { timeout: 600_000 },
  () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...acts), fc.nat(1_000)), { maxLength: 80, size: 'max' })
    const done = new Map<Act, number>()
    let timesLeftOut = 0
    fc.assert(
      fc.property(steps, (walk) => {
        const book = keepBook()
        for (const [kind, n] of walk) {
          const was = book.chat.context()
          book.act(kind, n)
          book.check()
          if (book.chat.context() !== was) done.set(kind, (done.get(kind) ?? 0) + 1)
        }
        timesLeftOut += book.leftOut.length
      }),
      // So few walks come by every act often enough by this seed; many do by any.
      process.env['MAYFLY_TEST_LONG'] ? { numRuns: 10_000 } : { numRuns: 300, seed: 1 },
    )
    expect(timesLeftOut).toBeGreaterThan(20)
    expect(acts.filter((kind) => (done.get(kind) ?? 0) > 20)).toEqual(acts)
  },
)
