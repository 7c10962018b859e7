import type { AccountProblem, Failure } from '@mayfly/contracts'
import { chatWords } from './en-chat.ts'

const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** When to come back: a short wait in seconds, a longer one as the time of day. */
export function tryAgain({ retryAfterMs }: Failure, now: number): string {
  if (retryAfterMs === undefined) return 'Try again in a minute.'
  if (retryAfterMs <= 90_000) return `Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`
  return `Try again at ${clock.format(Math.ceil((now + retryAfterMs) / 60_000) * 60_000)}.`
}

export const en = {
  app: {
    name: 'Mayfly',
    waiting: 'Waiting for the server',
    unreachable: 'The server does not answer. Is it running, and is this device online?',
    tryAgain: 'Try again',
    partMissing: 'A part of this page could not be fetched.',
    fetchAgain: 'Fetch it again',
    reload: 'Reload',
    close: 'Close',
    notices: {
      'somebody-else': 'Somebody else signed in. The conversation that was here is forgotten.',
      'signed-out-elsewhere': 'You signed out in another tab. The conversation that was here is forgotten.',
      'sign-out-failed': 'You are still signed in: the server does not answer. Try again in a moment.',
      'new-version': 'A new version is here. Copy what you need of this conversation, then reload.',
      'part-missing': 'That could not be fetched: the server does not answer. Try again in a moment.',
      'link-invalid': 'That link was used already, or is older than 10 minutes.',
    },
  },

  signIn: {
    promise: 'A chat that lasts as long as its tab.',
    createOwner: 'Create the owner',
    ownerSays:
      'The first account owns this server. The one-time link that it printed at its start works too.',
    ownerNeedsLink:
      'The first account owns this server, and is made by a one-time link: the server printed one at its start.',
    newLink: { before: 'In the server’s console,', after: 'prints a new one.' },
    noPasswords: {
      before: 'Nobody here has a password yet. In the server’s console,',
      after: 'prints a one-time link.',
    },
    noPasswordYet: {
      before: 'You have no password yet. In the server’s console,',
      after: 'prints a one-time link.',
    },
    kept: 'The server keeps this name and a hash of the password. It keeps no messages.',
    username: 'Username',
    password: 'Password',
    show: 'Show what is typed',
    passwordHint: '8 characters or more. A sentence works well.',
    signIn: 'Sign in',
    createAccount: 'Create account',
    again: 'Sign in again',
    againSays:
      'Your session ended. The conversation is kept; a message that was not answered goes out once you are back.',
  },

  account: {
    usernameMissing: 'Type your username.',
    passwordMissing: 'Type your password.',
    problems: {
      'wrong-credentials': 'That username and password do not match.',
      'name-taken': 'That username is taken.',
      'name-invalid': 'A username has 1 to 64 characters, all of them visible.',
      'password-short': 'A password has 8 characters or more. A sentence works well.',
      'password-long': 'A password has at most 256 characters.',
      'password-common':
        'Many people use that password, so it is the first that is guessed. A sentence works well.',
      'sign-up-closed': 'New accounts are not open here. The owner of this server can open them.',
      'code-invalid': 'That link was used already, or is older than 10 minutes.',
    } satisfies Record<AccountProblem, string>,
    /** Why nothing came of a form, at `now` in ms. */
    failure(failure: Failure, now: number): string {
      switch (failure.kind) {
        case 'rate-limited':
          return `Too many tries. ${tryAgain(failure, now)}`
        case 'offline':
        case 'network':
        case 'silent':
          return 'The server does not answer. What you typed is kept.'
        case 'draining':
          return 'The server is restarting. What you typed is kept.'
        case 'session-ended':
          return 'Your session ended. What you typed is kept.'
        default:
          return 'The server could not do that. What you typed is kept.'
      }
    },
  },

  chat: chatWords,
}
