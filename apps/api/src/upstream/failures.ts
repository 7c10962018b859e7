import type { Failure } from '@mayfly/contracts'
import { retryAfterMs } from '@mayfly/contracts/failure'
import { APIConnectionError, APIError } from 'openai'

// How the known servers say that the transcript is longer than the model can read. Only a few give it a code.
const tooLongCodes = ['context_length_exceeded', 'exceed_context_size_error', 'string_above_max_length']
const tooLongWords = [
  /context (length|window|size)/i,
  /maximum context/i,
  /context the overflows/i,
  /prompt (is )?too long/i,
  /input is too long/i,
  /input token count .* exceeds/i,
  /reduce the length of the (messages|prompt|input)/i,
  /max_new_tokens. must be <=/i,
]
const quotaCodes = ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active']
// Google's code is its name for every limit: only its words tell an account that is used up from a busy minute.
const quotaWords = /exceeded your current quota.*(plan|billing)/is
const filterCodes = ['content_filter', 'content_policy_violation', 'ResponsibleAIPolicyViolation']
const rateCodes = ['rate_limit_exceeded', 'rate_limit_error', 'rate_limited']
const refusalCodes = ['invalid_request_error', 'authentication_error', 'permission_error', 'invalid_api_key']

/**
 * The typed failure for whatever was thrown while asking or reading an upstream. It carries nothing that the upstream
 * said: an error's text may hold a part of the key, an organisation's id or the question.
 */
export function failureOf(error: unknown): Failure {
  // Refused, reset, not found by DNS, no TLS: nobody answered.
  if (error instanceof APIConnectionError) return { kind: 'upstream-down' }
  if (error instanceof APIError) return failureOfAnswer(error)
  // A body that is cut is a TypeError, and a frame that is cut inside is a SyntaxError.
  if (error instanceof TypeError || error instanceof SyntaxError) return { kind: 'upstream-down' }
  return { kind: 'unexpected' }
}

/** An error status, or an error frame inside a stream that began well (no status, or one in its `code`). */
function failureOfAnswer(error: APIError): Failure {
  const code: unknown = error.code
  const names = [code, error.type]
  const isOneOf = (known: string[]) => names.some((name) => typeof name === 'string' && known.includes(name))
  const status = error.status ?? (typeof code === 'number' ? code : undefined)
  const wait = retryAfterMs(error.headers)
  const later = wait === undefined ? {} : { retryAfterMs: wait }

  if (isOneOf(quotaCodes) || status === 402) return { kind: 'quota' }
  if (status === 429 && wait === undefined && quotaWords.test(error.message)) return { kind: 'quota' }
  if (status === 429 || isOneOf(rateCodes)) return { kind: 'rate-limited', ...later }
  if (isOneOf(tooLongCodes) || status === 413) return { kind: 'context-too-long' }
  // The words are only trusted where a question can be at fault: a gateway's error page may use them too.
  if ((status === undefined || status < 502) && tooLongWords.some((words) => words.test(error.message)))
    return { kind: 'context-too-long' }
  if (isOneOf(filterCodes)) return { kind: 'filtered' }
  if (status === undefined) return { kind: isOneOf(refusalCodes) ? 'upstream-refused' : 'upstream-down' }
  // 408 is a server that gave up waiting, not one that said no.
  if (status < 400 || status >= 500 || status === 408) return { kind: 'upstream-down', ...later }
  return { kind: 'upstream-refused' }
}
