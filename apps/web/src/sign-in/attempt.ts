import {
  type AccountProblem,
  type AccountResult,
  cleanUsername,
  failureOf,
  type Person,
} from '@mayfly/contracts'
import { t } from '../i18n/words.ts'
import { askToSignInAgain } from '../session.ts'

/** What is wrong with what was typed, and where; `form` where no one field is to blame. */
export type Wrong = { at: 'username' | 'current' | 'password' | 'form'; text: string }

export type Attempt = { person: Person } | { wrong: Wrong }

const blamed: Record<AccountProblem, Wrong['at']> = {
  'wrong-credentials': 'password',
  'name-taken': 'username',
  'name-invalid': 'username',
  'password-short': 'password',
  'password-long': 'password',
  'password-common': 'password',
  'sign-up-closed': 'form',
  'code-invalid': 'form',
}

/** What is wrong with a username before the server is asked; null where nothing is. */
export function checkUsername(username: string): Wrong | null {
  if (username.trim() === '') return { at: 'username', text: t().account.usernameMissing }
  return cleanUsername(username) === null ? wrongBy('name-invalid') : null
}

/** The words for a problem that the server, or a look at the field, has found. */
export const wrongBy = (problem: AccountProblem): Wrong => ({
  at: blamed[problem],
  text: t().account.problems[problem],
})

/**
 * Asks the server to sign somebody in or to change their account, and puts what came of it in words; `say` has those
 * for a problem.
 */
export async function attempt(ask: () => Promise<AccountResult>, say = wrongBy): Promise<Attempt> {
  try {
    const result = await ask()
    return result.ok ? { person: result.person } : { wrong: say(result.problem) }
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind === 'session-ended') askToSignInAgain()
    return { wrong: { at: 'form', text: t().account.failure(failure, Date.now()) } }
  }
}
