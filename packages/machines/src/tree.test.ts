import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addQuestion,
  addReply,
  canContinue,
  changeReply,
  choose,
  emptyTree,
  type Ending,
  isInterrupted,
  isMissing,
  lastTurn,
  openBranch,
  removeQuestion,
  type Reply,
  root,
  transcript,
  type Tree,
  versionsOf,
} from './tree.ts'

const finished: Ending = { type: 'finished', finishReason: 'stop' }

/** A tree of questions and answers one after the other; `m1` asks, `m2` answers, and so on. */
function say(...texts: string[]): Tree {
  let tree = emptyTree
  let last = root
  for (const [i, text] of texts.entries()) {
    const added = i % 2 === 0 ? addQuestion(tree, last, text) : addReply(tree, last)
    tree = i % 2 === 0 ? added.tree : changeReply(added.tree, added.id, { text, ending: finished })
    last = added.id
  }
  return tree
}

const words = (tree: Tree) => openBranch(tree).map((turn) => turn.text)

describe('the open branch', () => {
  test('is empty before anything was said', () => {
    expect(openBranch(emptyTree)).toEqual([])
    expect(lastTurn(emptyTree)).toBeUndefined()
    expect(versionsOf(emptyTree, 'm1')).toEqual([])
  })

  test('is what was said, in order', () => {
    expect(words(say('q1', 'a1', 'q2', 'a2'))).toEqual(['q1', 'a1', 'q2', 'a2'])
  })

  test('goes through the newest version, and back through an older one with all that followed it', () => {
    const { tree, id } = addQuestion(say('q1', 'a1', 'q2', 'a2'), 'm2', 'q2, better')
    expect(words(tree)).toEqual(['q1', 'a1', 'q2, better'])
    expect(versionsOf(tree, id)).toEqual(['m3', 'm5'])
    expect(words(choose(tree, 'm3'))).toEqual(['q1', 'a1', 'q2', 'a2'])
  })

  test('leads to whatever turn is chosen, or added, from wherever it was', () => {
    const other = addQuestion(say('q1', 'a1', 'q2', 'a2'), root, 'another start').tree
    expect(words(other)).toEqual(['another start'])
    expect(words(choose(other, 'm4'))).toEqual(['q1', 'a1', 'q2', 'a2'])
    expect(words(addQuestion(other, 'm4', 'q3').tree)).toEqual(['q1', 'a1', 'q2', 'a2', 'q3'])
  })

  test('is not changed by a turn that there is none of', () => {
    const tree = say('q1', 'a1')
    expect(choose(tree, 'm9')).toEqual(tree)
    expect(changeReply(tree, 'm9', { text: 'x' })).toEqual(tree)
    expect(changeReply(tree, 'm1', { text: 'x' })).toEqual(tree)
  })
})

describe('a question that is removed', () => {
  test('leaves what followed it as versions of each other, oldest first', () => {
    const { tree } = addQuestion(say('q1', 'a1', 'q2', 'a2'), 'm2', 'q2, better')
    expect(versionsOf(removeQuestion(tree, 'm1'), 'm3')).toEqual(['m3', 'm5'])
  })

  test('leaves them so too where the older reply was followed later, and beside versions of its own', () => {
    let tree = addReply(say('q1', 'a1'), 'm1').tree
    tree = addQuestion(tree, 'm3', 'after the newer reply').tree
    tree = addQuestion(tree, root, 'q1, better').tree
    tree = addQuestion(tree, 'm2', 'after the older reply').tree
    expect(versionsOf(removeQuestion(tree, 'm1'), 'm4')).toEqual(['m4', 'm5', 'm6'])
  })
})

test('nothing is ever taken out, and a tree once made is never changed', () => {
  const step = fc.record({ kind: fc.constantFrom('ask', 'answer', 'change', 'choose'), at: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let tree = emptyTree
      for (const [i, { kind, at }] of steps.entries()) {
        const ids = [...tree.turns.keys()]
        const id = ids[at % (ids.length + 1)] ?? root
        const frozen = structuredClone(tree)
        const next =
          kind === 'ask'
            ? addQuestion(tree, id, `q${i}`).tree
            : kind === 'answer'
              ? addReply(tree, id).tree
              : kind === 'change'
                ? changeReply(tree, id, { text: `a${i}` })
                : choose(tree, id)
        expect(tree).toEqual(frozen)
        for (const [kept, turn] of tree.turns) {
          expect(next.turns.get(kept)).toMatchObject({ id: kept, role: turn.role, parent: turn.parent })
          expect(versionsOf(next, kept)).toContain(kept)
        }
        const branch = openBranch(next)
        for (const [depth, turn] of branch.entries()) expect(turn.parent).toBe(branch[depth - 1]?.id ?? root)
        if (kind === 'ask' || kind === 'answer') expect(branch.at(-1)?.parent).toBe(id)
        if (kind === 'choose' && id !== root) expect(branch.map((turn) => turn.id)).toContain(id)
        tree = next
      }
    }),
  )
})

describe('a reply', () => {
  const reply = (change: Partial<Reply>): Reply => {
    const { tree, id } = addReply(say('q'), 'm1')
    const turn = changeReply(tree, id, change).turns.get(id)
    if (turn?.role !== 'assistant') throw new Error('no reply')
    return turn
  }
  const failed: Ending = { type: 'failed', failure: { kind: 'network' }, at: 0 }
  const length: Ending = { type: 'finished', finishReason: 'length' }

  test.each<[string, Partial<Reply>, 'interrupted' | 'missing' | 'at rest', boolean]>([
    ['on its way', { text: 'a' }, 'at rest', false],
    ['finished', { text: 'a', ending: finished }, 'at rest', false],
    ['cut by its length', { text: 'a', ending: length }, 'interrupted', true],
    ['cut by its length while it thought', { reasoning: 'hm', ending: length }, 'interrupted', false],
    ['stopped', { text: 'a', ending: { type: 'stopped' } }, 'interrupted', true],
    ['stopped before anything arrived', { ending: { type: 'stopped' } }, 'interrupted', false],
    ['failed after text', { text: 'a', ending: failed }, 'interrupted', true],
    ['failed while it thought', { reasoning: 'hm', ending: failed }, 'interrupted', false],
    ['failed before anything arrived', { ending: failed }, 'missing', false],
    ['empty', { ending: { type: 'empty' } }, 'missing', false],
  ])('%s is %s and can be gone on with only if there is text', (_, change, expected, continues) => {
    const turn = reply(change)
    expect(isInterrupted(turn)).toBe(expected === 'interrupted')
    expect(isMissing(turn)).toBe(expected === 'missing')
    expect(canContinue(turn)).toBe(continues)
  })

  test('is what a question is not', () => {
    const question = say('q').turns.get('m1')
    for (const is of [isInterrupted, isMissing, canContinue]) {
      expect(is(question)).toBe(false)
      expect(is(undefined)).toBe(false)
    }
  })
})

describe('a transcript', () => {
  const asked = (tree: Tree) =>
    transcript(openBranch(tree)).map(({ role, parts }) => `${role}: ${parts[0]?.text}`)

  test('is the words alone, by turns', () => {
    expect(asked(say('q1', 'a1', 'q2'))).toEqual(['user: q1', 'assistant: a1', 'user: q2'])
  })

  test('joins questions that were not answered by an empty line', () => {
    expect(asked(say('q1', '', 'q2', '', 'q3', 'a3', 'q4'))).toEqual([
      'user: q1\n\nq2\n\nq3',
      'assistant: a3',
      'user: q4',
    ])
  })

  test('holds no reasoning and no version that another replaced', () => {
    const first = changeReply(say('q1', 'a1'), 'm2', { reasoning: 'hm' })
    const { tree, id } = addReply(first, 'm1')
    expect(asked(changeReply(tree, id, { text: 'a1, better', reasoning: 'hm' }))).toEqual([
      'user: q1',
      'assistant: a1, better',
    ])
  })

  test('does not change the tree that it is read from', () => {
    const tree = say('q1', '', 'q2')
    const frozen = structuredClone(tree)
    transcript(openBranch(tree))
    expect(tree).toEqual(frozen)
  })
})
