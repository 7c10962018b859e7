import * as z from 'zod/mini'
import { limits } from './limits.ts'

export const person = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(['owner', 'member']),
  hasPassword: z.boolean(),
})
export type Person = z.infer<typeof person>

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
export const upstreamInfo = z.object({
  kind: z.enum(['demo', 'local', 'openai', 'custom']),
  name: z.string(),
  why: z.enum(upstreamReasons),
  port: z.optional(z.int()),
})
export type UpstreamInfo = z.infer<typeof upstreamInfo>

/** What a signed-in page has to know before it draws a chat. Times in ms. */
export const chatInfo = z.object({
  upstream: upstreamInfo,
  systemPrompt: z.nullable(z.string()),
  firstTokenMs: z.int(),
  silenceMs: z.int(),
  concurrentReplies: z.int(),
})
export type ChatInfo = z.infer<typeof chatInfo>

/** Answers "who am I?". Signed out, `person` and `chat` are null and only the way in is told. */
export const whoAmI = z.object({
  version: z.int(),
  /** `owner`: nobody has an account and this page may create it; `code`: only with the console's link. */
  signUp: z.enum(['owner', 'code', 'open', 'closed']),
  /** Whether anybody can sign in with a password; where nobody can, the page says how to get a link. */
  passwords: z.boolean(),
  person: z.nullable(person),
  chat: z.nullable(chatInfo),
})
export type WhoAmI = z.infer<typeof whoAmI>

export const modelInfo = z.object({ id: z.string(), name: z.string() })
export type ModelInfo = z.infer<typeof modelInfo>

/** The models on offer, the default first. Empty when the upstream would not tell and none is configured. */
export const modelList = z.object({ models: z.array(modelInfo) })
export type ModelList = z.infer<typeof modelList>

// Long enough for any name once normalised, short enough to be no work to normalise.
const username = z.string().check(z.minLength(1), z.maxLength(4 * limits.username))
const password = z.string().check(z.maxLength(4 * limits.passwordMax))

export const credentials = z.object({ username, password })
export const signUpInput = z.object({
  username,
  password,
  code: z.optional(z.string().check(z.maxLength(128))),
})
export const linkInput = z.object({ code: z.string().check(z.maxLength(128)) })
export const nameInput = z.object({ username })
/** `current` is left out where there is no password yet. */
export const passwordInput = z.object({ current: z.optional(password), next: password })

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
export const accountResult = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), person }),
  z.object({ ok: z.literal(false), problem: z.enum(accountProblems) }),
])
export type AccountResult = z.infer<typeof accountResult>

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
