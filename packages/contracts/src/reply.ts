import * as v from 'valibot'
import { failure } from './failure.ts'
import { limits } from './limits.ts'
import { message } from './message.ts'
import { count, wholeNumber } from './whole-number.ts'

/** Raised when a request or an event changes so that an older page would be misunderstood. */
export const contractVersion = 1

/** Asks for one reply. The server keeps nothing, so every request carries the whole conversation. */
export const replyRequest = v.object({
  version: wholeNumber,
  /** At least one; how many and how much is `isTooLarge`'s to say, so that too many is told as what it is. */
  messages: v.pipe(v.array(message), v.minLength(1)),
  /** An id from `models`; without it the server's first model answers. */
  model: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(limits.modelId))),
  options: v.optional(
    v.object({
      temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
      maxTokens: v.optional(v.pipe(wholeNumber, v.minValue(1), v.maxValue(1_000_000))),
    }),
  ),
  /** The last message is a partial reply, to go on from where it ends. */
  continues: v.optional(v.boolean()),
  /** The id of a reply this one takes the place of: that one's relay ends and its lease is freed. */
  replaces: v.optional(v.pipe(v.string(), v.maxLength(64))),
})
export type ReplyRequest = v.InferOutput<typeof replyRequest>

export const finishReasons = ['stop', 'length', 'filtered', 'other'] as const

/** Tokens, as the upstream counted them. */
export const usage = v.object({ input: wholeNumber, output: wholeNumber })
export type Usage = v.InferOutput<typeof usage>

/**
 * What one reply's stream carries. `seq` counts 0, 1, 2 … over all events of a reply, so that a lost or doubled one
 * is seen. Exactly one `finished` or `failed` comes, last.
 */
export const replyEvent = v.variant('type', [
  v.object({
    type: v.literal('started'),
    seq: count,
    replyId: v.string(),
    model: v.string(),
    /**
     * Of a partial reply that is gone on with: how many UTF-16 units at its end, space at the very end aside, the model was
     * asked to say again first. Without it the model goes on from the very end by itself.
     */
    repeats: v.optional(count),
  }),
  v.object({ type: v.literal('reasoning'), seq: count, text: v.string() }),
  v.object({ type: v.literal('delta'), seq: count, text: v.string() }),
  v.object({
    type: v.literal('finished'),
    seq: count,
    finishReason: v.picklist(finishReasons),
    usage: v.optional(usage),
  }),
  v.object({ type: v.literal('failed'), seq: count, failure }),
])
export type ReplyEvent = v.InferOutput<typeof replyEvent>
export type FinishReason = (typeof finishReasons)[number]
