import { type AccountProblem, limits, usernameKey } from '@mayfly/contracts'
import { Argon2id } from 'oslo/password'

/** OWASP's first choice for Argon2id where memory is not plentiful: 19 MiB, 2 passes, 1 lane. */
const cost = { memorySize: 19_456, iterations: 2, parallelism: 1 }
// Hashing shares Node's pool of four threads with files and name look-ups, and 20 MB a piece add up.
const inFlightMost = 4
const waitingMost = 32

/** Thrown when so many passwords wait to be hashed that one more would only wait in vain. Try again in a second. */
export class PasswordsOverloaded extends Error {
  readonly retryAfterMs = 1_000
}

export interface Passwords {
  /** Throws `PasswordsOverloaded`. */
  hash(password: string): Promise<string>
  /**
   * Whether `password` is the one behind `hash`. Without a hash it is not, after as much work, so that the time tells
   * nobody which names exist. A malformed hash is no match. Throws `PasswordsOverloaded`.
   */
  verify(hash: string | null, password: string): Promise<boolean>
}

export function createPasswords(): Passwords {
  const argon2 = new Argon2id(cost)
  const run = createGate()
  let nobodys: Promise<string> | undefined

  return {
    hash: (password) => run(() => argon2.hash(password)),
    verify: (hash, password) =>
      run(async () => {
        nobodys ??= argon2.hash(crypto.randomUUID())
        const decoy = await nobodys
        const matches = await argon2.verify(hash ?? decoy, password).catch(() => false)
        return matches && hash !== null
      }),
  }
}

/** Runs at most `inFlightMost` at once, the others in the order they came. */
function createGate() {
  let running = 0
  const waiting: (() => void)[] = []
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running < inFlightMost) running++
    else if (waiting.length < waitingMost) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new PasswordsOverloaded()
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** What keeps `password` from being the new one of somebody named `name`, or null. No rule about kinds of characters. */
export async function passwordProblem(password: string, name: string): Promise<AccountProblem | null> {
  const key = fold(password)
  const characters = [...password.normalize('NFKC')].length
  if (characters < limits.passwordMin) return 'password-short'
  if (characters > limits.passwordMax) return 'password-long'
  if (key === usernameKey(name) || (await commonPasswords()).has(key)) return 'password-common'
  return null
}

const fold = (password: string): string => password.normalize('NFKC').toLowerCase()

let common: Promise<Set<string>> | undefined

/** Loaded when first asked for: a megabyte that most runs never need. */
function commonPasswords(): Promise<Set<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) =>
      new Set(dictionary['passwords-common'].filter((word) => word.length >= limits.passwordMin).map(fold)),
  )
  return common
}
