import * as z from 'zod/mini'
import { failure } from './failure.ts'
import { limits } from './limits.ts'
import { message } from './message.ts'

/** Raised when a request or an event changes so that an older page would be misunderstood. */
export const contractVersion = 1

/** Asks for one reply. The server keeps nothing, so every request carries the whole conversation. */
export const replyRequest = z.object({
  version: z.int(),
  /** At least one; how many and how much is `isTooLarge`'s to say, so that too many is told as what it is. */
  messages: z.array(message).check(z.minLength(1)),
  /** An id from `models`; without it the server's first model answers. */
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.modelId))),
  options: z.optional(
    z.object({
      temperature: z.optional(z.number().check(z.gte(0), z.lte(2))),
      maxTokens: z.optional(z.int().check(z.gte(1), z.lte(1_000_000))),
    }),
  ),
  /** The last message is a partial reply, to go on from where it ends. */
  continues: z.optional(z.boolean()),
  /** The id of a reply this one takes the place of: that one's relay ends and its lease is freed. */
  replaces: z.optional(z.string().check(z.maxLength(64))),
})
export type ReplyRequest = z.infer<typeof replyRequest>

const seq = z.int().check(z.nonnegative())

export const finishReasons = ['stop', 'length', 'filtered', 'other'] as const

/** Tokens, as the upstream counted them. */
export const usage = z.object({ input: z.int(), output: z.int() })
export type Usage = z.infer<typeof usage>

/**
 * What one reply's stream carries. `seq` counts 0, 1, 2 … over all events of a reply, so that a lost or doubled one
 * is seen. Exactly one `finished` or `failed` comes, last.
 */
export const replyEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    seq,
    replyId: z.string(),
    model: z.string(),
    /**
     * Of a partial reply that is gone on with: how many UTF-16 units at its end, space at the very end aside, the model was
     * asked to say again first. Without it the model goes on from the very end by itself.
     */
    repeats: z.optional(z.int().check(z.nonnegative())),
  }),
  z.object({ type: z.literal('reasoning'), seq, text: z.string() }),
  z.object({ type: z.literal('delta'), seq, text: z.string() }),
  z.object({
    type: z.literal('finished'),
    seq,
    finishReason: z.enum(finishReasons),
    usage: z.optional(usage),
  }),
  z.object({ type: z.literal('failed'), seq, failure }),
])
export type ReplyEvent = z.infer<typeof replyEvent>
export type FinishReason = (typeof finishReasons)[number]
