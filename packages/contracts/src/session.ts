import * as v from 'valibot'
import { limits } from './limits.ts'
import { wholeNumber } from './whole-number.ts'

export const person = v.object({
  id: v.string(),
  name: v.string(),
  role: v.picklist(['owner', 'member']),
  hasPassword: v.boolean(),
})
export type Person = v.InferOutput<typeof person>

/** Why replies come from where they do: what was set, or what was looked for on the server's machine. */
const upstreamReasons = [
  'set',
  'openai',
  'demo',
  'base-url',
  'key',
  'found',
  'none-found',
  'nothing-set',
] as const
export type UpstreamReason = (typeof upstreamReasons)[number]

/** Where replies come from, and why from there. `port` is that of a server that was found. */
export const upstreamInfo = v.object({
  kind: v.picklist(['demo', 'local', 'openai', 'custom']),
  name: v.string(),
  why: v.picklist(upstreamReasons),
  port: v.optional(wholeNumber),
})
export type UpstreamInfo = v.InferOutput<typeof upstreamInfo>

/** What a signed-in page has to know before it draws a chat. Times in ms. */
export const chatInfo = v.object({
  upstream: upstreamInfo,
  systemPrompt: v.nullable(v.string()),
  firstTokenMs: wholeNumber,
  silenceMs: wholeNumber,
  concurrentReplies: wholeNumber,
})
export type ChatInfo = v.InferOutput<typeof chatInfo>

/** Answers "who am I?". Signed out, `person` and `chat` are null and only the way in is told. */
export const whoAmI = v.object({
  version: wholeNumber,
  /** `owner`: nobody has an account and this page may create it; `code`: only with the console's link. */
  signUp: v.picklist(['owner', 'code', 'open', 'closed']),
  /** Whether anybody can sign in with a password; where nobody can, the page says how to get a link. */
  passwords: v.boolean(),
  person: v.nullable(person),
  chat: v.nullable(chatInfo),
})
export type WhoAmI = v.InferOutput<typeof whoAmI>

export const modelInfo = v.object({ id: v.string(), name: v.string() })
export type ModelInfo = v.InferOutput<typeof modelInfo>

/** The models on offer, the default first. Empty when the upstream would not tell and none is configured. */
export const modelList = v.object({ models: v.array(modelInfo) })
export type ModelList = v.InferOutput<typeof modelList>

// Long enough for any name once normalised, short enough to be no work to normalise.
const username = v.pipe(v.string(), v.minLength(1), v.maxLength(4 * limits.username))
const password = v.pipe(v.string(), v.maxLength(4 * limits.passwordMax))

export const credentials = v.object({ username, password })
export const signUpInput = v.object({
  username,
  password,
  code: v.optional(v.pipe(v.string(), v.maxLength(128))),
})
export const linkInput = v.object({ code: v.pipe(v.string(), v.maxLength(128)) })
export const nameInput = v.object({ username })
/** `current` is left out where there is no password yet. */
export const passwordInput = v.object({ current: v.optional(password), next: password })

export const accountProblems = [
  'wrong-credentials',
  'name-taken',
  'name-invalid',
  'password-short',
  'password-long',
  'password-common',
  'sign-up-closed',
  'code-invalid',
] as const
export type AccountProblem = (typeof accountProblems)[number]

/** What came of signing in, signing up or changing an account: the person as they are now, or what to mend. */
export const accountResult = v.variant('ok', [
  v.object({ ok: v.literal(true), person }),
  v.object({ ok: v.literal(false), problem: v.picklist(accountProblems) }),
])
export type AccountResult = v.InferOutput<typeof accountResult>

/**
 * A username as it is shown: NFKC, trimmed, 1 to 64 characters, no control or invisible ones. Null when `text` is
 * none. Two names are the same when their `usernameKey`s are.
 */
export function cleanUsername(text: string): string | null {
  const name = text.normalize('NFKC').trim()
  const characters = [...name].length
  return characters >= 1 && characters <= limits.username && !/[\p{C}\p{DI}\p{Zl}\p{Zp}]/u.test(name)
    ? name
    : null
}

/** Folds case, so that `Ada`, `ADA` and `ada` are one person. */
export const usernameKey = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC')
