import type { FailureKind } from '@mayfly/contracts/failure'

/** What a sentence about a failure may need: a time of day, a duration, and how many replies one person may have. */
type FailureFacts = { at: string | null; lasted: string; replies: number }

const numbers = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten']

const repliesUnderWay = (count: number) =>
  count === 1
    ? 'Another reply is being written already.'
    : `${numbers[count] ?? count} replies are being written already.`

const kept = 'Your message is kept.'
const againAt = (at: string | null) => (at === null ? kept : `Try again at ${at}.`)

const toHalf = (value: number) => Math.round(2 * value) / 2
const byNumber = new Intl.NumberFormat('en')
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const calendar = new Intl.DateTimeFormat('en', { dateStyle: 'long' })
const dayMs = 86_400_000

/** Nothing of the reply came, and nothing goes out by itself. */
const failed: Record<FailureKind, (facts: FailureFacts) => string> = {
  offline: () => `You are offline. ${kept}`,
  network: ({ at }) => `The connection was lost before the reply began. ${againAt(at)}`,
  silent: ({ lasted }) => `Nothing came for ${lasted}. ${kept}`,
  'rate-limited': ({ at }) => `Too many requests. ${againAt(at)}`,
  busy: ({ at, replies }) => `${repliesUnderWay(replies)} ${againAt(at)}`,
  quota: ({ at }) =>
    at === null
      ? `The tokens on offer are used up. ${kept}`
      : `Your tokens for today are used up. They are back at ${at}.`,
  'too-large': () => 'The conversation is larger than one request may be. Nothing is lost.',
  'context-too-long': () => 'The conversation is longer than this model can read. Nothing is lost.',
  'upstream-down': ({ at }) => `The model’s server did not answer. ${againAt(at)}`,
  'upstream-refused': () => 'The model’s server refused the request. The owner of this server can mend it.',
  filtered: () => 'The model’s server declined to answer this message.',
  'session-ended': () => `Your session ended. ${kept}`,
  draining: ({ at }) => `The server is restarting. ${againAt(at)}`,
  'bad-request': () =>
    'The page and the server do not agree on the request. A new version may be here: copy what you need, then reload.',
  unexpected: () => `Something went wrong that we had no name for. ${kept}`,
}

/** Something of the reply came, and then no more. */
const cut: Record<FailureKind, (facts: FailureFacts) => string> = {
  offline: () => 'You are offline. What arrived is kept.',
  network: () => 'The connection was lost. What arrived is kept.',
  silent: () => 'Nothing more came. What arrived is kept.',
  'rate-limited': () => 'Too many requests. What arrived is kept.',
  busy: ({ replies }) => `${repliesUnderWay(replies)} What arrived is kept.`,
  quota: () => 'Your tokens for today are used up. What arrived is kept.',
  'too-large': () => 'The conversation is larger than one request may be. What arrived is kept.',
  'context-too-long': () => 'The conversation is longer than this model can read. What arrived is kept.',
  'upstream-down': () => 'The model’s server broke off. What arrived is kept.',
  'upstream-refused': () => 'The model’s server refused to go on. What arrived is kept.',
  filtered: () => 'The model’s server declined to go on. What arrived is kept.',
  'session-ended': () => 'Your session ended. What arrived is kept.',
  draining: () => 'The server is restarting. What arrived is kept.',
  'bad-request': () => 'The page and the server do not agree on the request. What arrived is kept.',
  unexpected: () => 'Something went wrong that we had no name for. What arrived is kept.',
}

/** Nothing of the reply came yet; the words `tryingAgainIn` and a count of seconds follow. */
const waiting: Record<FailureKind, (facts: FailureFacts) => string> = {
  ...failed,
  network: () => 'The connection was lost before the reply began.',
  'rate-limited': () => 'Too many requests.',
  busy: ({ replies }) => repliesUnderWay(replies),
  'upstream-down': () => 'The model’s server did not answer.',
  draining: () => 'The server is restarting.',
}

/** The words of the chat page. */
export const chatWords = {
  skip: 'To the message box',
  menu: 'Menu',
  side: 'Mayfly',
  newChat: 'New chat',
  shortcuts: 'Keyboard shortcuts',
  settings: 'Settings',
  signOut: 'Sign out',
  demo: 'Demo - scripted, no AI',
  messages: 'Messages',
  conversation: 'Conversation',
  toEnd: 'Scroll to bottom',
  /** How many messages have come since the reader left the end. */
  unseen: (count: number) => `${count} new`,
  youSaid: 'You said',
  assistantSaid: 'Assistant said',
  more: 'More actions',
  pieceMissing: 'A part of this page could not be fetched. Your message is kept.',

  start: {
    heading: 'This conversation lives in this tab. Close or reload the tab and it is gone.',
    promise: 'The server passes your words on and keeps none of them.',
    from: 'Replies come from',
    demo: { before: 'the', name: 'built-in demo', after: ', a script on this server; no model is asked.' },
    local: { after: ', on the same machine as this server.' },
    provider: { after: ', which may keep what it is sent.' },
    instructions: 'The owner’s instructions to the model',
    suggestions: 'Suggestions',
    demoTips: [
      'Show me a table, some code and a formula',
      'Write slowly, so that I can stop you',
      'Lose the connection half-way through a reply',
      'Simulate a rate limit',
      'What did you receive?',
      'How do I connect a real model?',
    ],
  },

  composer: {
    form: 'Your message',
    message: 'Message',
    placeholder: 'Write a message',
    send: 'Send message',
    sendHint: 'Send message (Enter)',
    stop: 'Stop generating',
    stopHint: 'Stop generating (Esc)',
    model: 'Model',
    loadingModels: 'Loading models…',
    serversChoice: 'The server’s choice of model',
  },

  question: {
    edit: 'Edit message',
    save: 'Save and send',
    cancel: 'Cancel',
    showAll: (lines: number) => `Show all ${byNumber.format(lines)} lines`,
    showLess: 'Show less',
    kept: 'The old version stays. Step back to it at any time.',
  },

  reply: {
    copy: 'Copy',
    regenerate: 'Regenerate',
    continue: 'Continue',
    tryAgain: 'Try again',
    tryNow: 'Try now',
    cancelWaiting: 'Cancel waiting',
    leaveOut: 'Leave out the oldest turns',
    newChatWithQuestion: 'New chat with this question',
    notSent: 'Up to here, nothing is sent to the model any more',
    startsOver: 'The model started over. What it wrote before is the version before this one.',
    signInAgain: 'Sign in again',
    reload: 'Reload',
    previousVersion: 'Previous version',
    nextVersion: 'Next version',
    version: (place: number, count: number) => `${place} of ${count}`,
    thinking: 'Thinking',
    thoughtFor: (duration: string) => `Thought for ${duration}`,
    tokens: (count: number) => (count === 1 ? '1 token' : `${byNumber.format(count)} tokens`),
    seconds: (ms: number) => `${(ms / 1000).toFixed(1)} s`,
    cutOff: 'Cut off here',
    stopped: 'Stopped here',
    stoppedEmpty: 'Stopped before anything arrived',
    stoppedThinking: 'Stopped before the answer began',
    none: 'No reply',
    noneYet: 'No reply yet',
    thoughtsOnly: 'The model thought, and answered nothing',
    length: 'Length limit reached',
    filtered: 'The model’s server ended the reply here',
    other: 'Ended for a reason that the model’s server did not name',
  },

  status: {
    name: 'Conversation status',
    idle: 'Kept in this tab only',
    waiting: 'Waiting for the first word',
    goingOn: 'Waiting for the reply to go on',
    stillWaiting: 'Still waiting for the first word,',
    stillGoingOn: 'Still waiting for the reply to go on,',
    thinking: 'Thinking',
    writing: 'Writing',
    stopped: 'Stopped. What was written is kept.',
    stoppedEmpty: 'Stopped before anything arrived.',
    length: 'The reply reached its length limit.',
    empty: 'The reply was empty. Your message is kept.',
    offline: 'You are offline. It goes out when the connection is back.',
    tryingAgainIn: 'Trying again in',
    seconds: 's',
    failed,
    cut,
    waitingAfter: waiting,
    undo: 'Undo',
    canUndo: {
      'new chat': 'New chat. The last one can be brought back.',
      delete: 'Turn deleted. It can be brought back.',
    },
    copied: 'Copied',
    notCopied: 'Could not copy: the browser did not allow it.',
  },

  announce: {
    begins: 'The reply begins.',
    ends: 'The reply is complete.',
    codeBlock: 'Code block.',
    formula: 'formula',
  },

  /** A duration in the largest unit that says it well. */
  duration: (ms: number) =>
    ms < 60_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${byNumber.format(toHalf(ms / 60_000))} min`,
  /** When it will be `ms` after `from`: the time of day, and the date where that alone would mislead. */
  timeAfter: (from: number, ms: number) => {
    const at = from + ms
    return ms < dayMs ? clock.format(at) : `${clock.format(at)} on ${calendar.format(at)}`
  },
}
