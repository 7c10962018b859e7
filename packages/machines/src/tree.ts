import type { Failure, FinishReason, Message, Usage } from '@mayfly/contracts'

/** How a reply came to its end. Without text and reasoning, `finished` is never used: that is `empty`. */
export type Ending =
  | { type: 'finished'; finishReason: FinishReason }
  | { type: 'stopped' }
  | { type: 'failed'; failure: Failure; at: number }
  | { type: 'empty' }

export type Question = { id: string; role: 'user'; parent: string; text: string }

export type Reply = {
  id: string
  role: 'assistant'
  parent: string
  text: string
  reasoning: string
  /** The model that answered, once it is known. */
  model: string | null
  /** Null while the reply is on its way. */
  ending: Ending | null
  /** Whether the model began anew with it when it was asked to go on with the version before. */
  startsOver: boolean
  usage: Usage | null
  /** From sending to the end, over all its parts, and how much of it went by before the text began, in ms. */
  ms: number
  thoughtMs: number
}

export type Turn = Question | Reply

/**
 * All that was said in a conversation: each message knows what it follows, and what follows the same message are
 * versions of each other. Nothing is ever taken out but what is removed by hand; `chosen` says which version is on the
 * open branch, and `sentAfter` after which replies sending begins: of a branch, what follows the last of them is sent.
 * So each question after such a reply, and each version of it, goes out without what was left out before it.
 */
export type Tree = {
  readonly turns: ReadonlyMap<string, Turn>
  readonly children: ReadonlyMap<string, readonly string[]>
  readonly chosen: ReadonlyMap<string, string>
  readonly sentAfter: ReadonlySet<string>
  /** How many turns were ever added, so that no id is given twice. */
  readonly added: number
}

/** The parent of a conversation's first questions. */
export const root = ''

export const emptyTree: Tree = {
  turns: new Map(),
  children: new Map(),
  chosen: new Map(),
  sentAfter: new Set(),
  added: 0,
}

const idOf = (tree: Tree) => `m${tree.added + 1}`

/** Adds a turn after `parent` as its newest version, and puts it on the open branch. */
function add(tree: Tree, turn: Turn): Tree {
  const siblings = tree.children.get(turn.parent) ?? []
  const turns = new Map(tree.turns).set(turn.id, turn)
  const children = new Map(tree.children).set(turn.parent, [...siblings, turn.id])
  return choose({ ...tree, turns, children, added: tree.added + 1 }, turn.id)
}

/** Adds a question after `parent`; after the same parent as an older question it is a version of that one. */
export function addQuestion(tree: Tree, parent: string, text: string): { tree: Tree; id: string } {
  const id = idOf(tree)
  return { tree: add(tree, { id, role: 'user', parent, text }), id }
}

/** Adds an open, empty reply to a question. */
export function addReply(tree: Tree, parent: string): { tree: Tree; id: string } {
  const id = idOf(tree)
  const reply: Reply = {
    id,
    role: 'assistant',
    parent,
    text: '',
    reasoning: '',
    model: null,
    ending: null,
    startsOver: false,
    usage: null,
    ms: 0,
    thoughtMs: 0,
  }
  return { tree: add(tree, reply), id }
}

export function changeReply(
  tree: Tree,
  id: string,
  change: Partial<Omit<Reply, 'id' | 'role' | 'parent'>>,
): Tree {
  const reply = tree.turns.get(id)
  if (reply?.role !== 'assistant') return tree
  return { ...tree, turns: new Map(tree.turns).set(id, { ...reply, ...change }) }
}

/** Opens a reply again, with `change`: its question is asked once more, so both are sent from now on. */
export function reopenReply(
  tree: Tree,
  id: string,
  change: Partial<Pick<Reply, 'text' | 'reasoning'>> = {},
): Tree {
  const question = tree.turns.get(tree.turns.get(id)?.parent ?? root)
  if (!question) return tree
  const sentAfter = sentAfterWithout(tree, [id], question.parent)
  return { ...changeReply(tree, id, { ...change, ending: null }), sentAfter }
}

/** Where sending began after one of these replies to a question, it begins after `before`, which the question follows. */
function sentAfterWithout(
  { sentAfter }: Tree,
  replies: readonly string[],
  before: string,
): Tree['sentAfter'] {
  if (!replies.some((id) => sentAfter.has(id))) return sentAfter
  const left = [...sentAfter].filter((id) => !replies.includes(id))
  return new Set(before === root ? left : [...left, before])
}

/** Puts a version on the open branch, with all that leads to it. An unknown id changes nothing. */
export function choose(tree: Tree, id: string): Tree {
  const chosen = new Map(tree.chosen)
  for (let turn = tree.turns.get(id); turn; turn = tree.turns.get(turn.parent))
    chosen.set(turn.parent, turn.id)
  return { ...tree, chosen }
}

/**
 * Removes a question with its replies. What followed any of these becomes versions of each other and of the question's
 * own; where nothing did, a version beside it does. An id of no question changes nothing.
 */
export function removeQuestion(tree: Tree, id: string): Tree {
  const question = tree.turns.get(id)
  if (question?.role !== 'user') return tree
  const { parent } = question
  const replies = tree.children.get(id) ?? []
  const followers = replies.flatMap((reply) => tree.children.get(reply) ?? [])
  const next = tree.chosen.get(tree.chosen.get(id) ?? '') ?? followers.at(-1)
  const [turns, children, chosen] = [new Map(tree.turns), new Map(tree.children), new Map(tree.chosen)]
  for (const each of [id, ...replies]) {
    turns.delete(each)
    children.delete(each)
    chosen.delete(each)
  }
  for (const each of followers) {
    const turn = turns.get(each)
    if (turn) turns.set(each, { ...turn, parent })
  }
  const siblings = tree.children.get(parent) ?? []
  const place = siblings.indexOf(id)
  // Turns stand in the order in which they were added.
  const stay = new Set([...siblings, ...followers])
  const left = [...turns.keys()].filter((each) => stay.has(each))
  if (left.length > 0) children.set(parent, left)
  else children.delete(parent)
  if (chosen.get(parent) === id) {
    const stands = next ?? siblings[place - 1] ?? siblings[place + 1]
    if (stands === undefined) chosen.delete(parent)
    else chosen.set(parent, stands)
  }
  return { ...tree, turns, children, chosen, sentAfter: sentAfterWithout(tree, replies, parent) }
}

/** The ids of all versions of a turn, oldest first. */
export function versionsOf(tree: Tree, id: string): readonly string[] {
  const turn = tree.turns.get(id)
  return (turn && tree.children.get(turn.parent)) ?? []
}

/** The open branch, from the first question to the last turn. */
export function openBranch(tree: Tree): Turn[] {
  const branch: Turn[] = []
  for (let id = tree.chosen.get(root); id !== undefined; id = tree.chosen.get(id)) {
    const turn = tree.turns.get(id)
    if (turn) branch.push(turn)
  }
  return branch
}

/** The last turn of the open branch. */
export function lastTurn(tree: Tree): Turn | undefined {
  return openBranch(tree).at(-1)
}

/** The last turn of the open branch that is not sent upstream any more, where there is one. */
export function lastUnsent(tree: Tree): Turn | undefined {
  return openBranch(tree).findLast(({ id }) => tree.sentAfter.has(id))
}

/** The turns of the open branch that are sent upstream. */
export function sentBranch(tree: Tree): Turn[] {
  const unsent = lastUnsent(tree)
  const branch = openBranch(tree)
  return unsent ? branch.slice(branch.indexOf(unsent) + 1) : branch
}

/**
 * The tree of which only the newer half of the words is sent, from a question on; at least the last question stays.
 * Null where there is nothing before it.
 */
export function leaveOutOldest(tree: Tree): Tree | null {
  const [first, ...others] = sentBranch(tree)
  if (!first) return null
  const half = others.reduce((sum, { text }) => sum + text.length, first.text.length) / 2
  let left = 2 * half - first.text.length
  let last: string | null = null
  for (const turn of others) {
    if (turn.role === 'user') last = turn.parent
    if (last !== null && left <= half) break
    left -= turn.text.length
  }
  return last === null ? null : { ...tree, sentAfter: new Set(tree.sentAfter).add(last) }
}

/** Whether a text is more than space. */
export const hasWords = (text: string): boolean => /\S/.test(text)

const isShown = (reply: Reply) => reply.text !== '' || reply.reasoning !== ''

/** Whether a turn is a reply that was stopped, or that was cut after something of it was shown. */
export function isInterrupted(turn: Turn | undefined): turn is Reply {
  if (turn?.role !== 'assistant') return false
  const { ending } = turn
  if (ending?.type === 'finished') return ending.finishReason === 'length' && isShown(turn)
  return ending?.type === 'stopped' || (ending?.type === 'failed' && isShown(turn))
}

/** Whether a turn is a reply of which nothing came, though nobody stopped it. */
export function isMissing(turn: Turn | undefined): turn is Reply {
  if (turn?.role !== 'assistant') return false
  return turn.ending?.type === 'empty' || (turn.ending?.type === 'failed' && !isShown(turn))
}

/** Whether a turn is a reply that failed because more was sent than the model, or the server, takes. */
export const isTooLong = (turn: Turn | undefined): boolean =>
  turn?.role === 'assistant' &&
  turn.ending?.type === 'failed' &&
  (turn.ending.failure.kind === 'context-too-long' || turn.ending.failure.kind === 'too-large')

/** Whether an interrupted reply has text to go on from; reasoning alone is never sent upstream again. */
export const canContinue = (turn: Turn | undefined): turn is Reply =>
  isInterrupted(turn) && hasWords(turn.text)

/**
 * What is sent upstream for a reply to the last turn of `branch`: the words alone. A reply without any is left out,
 * and the questions around it are joined by an empty line, since some chat templates refuse two user turns.
 */
export function transcript(branch: readonly Turn[]): Message[] {
  const said: { role: Message['role']; text: string }[] = []
  for (const { role, text } of branch) {
    if (role === 'assistant' && !hasWords(text)) continue
    const last = said.at(-1)
    if (last?.role === role) last.text += `\n\n${text}`
    else said.push({ role, text })
  }
  return said.map(({ role, text }) => ({ role, parts: [{ type: 'text', text }] }))
}
