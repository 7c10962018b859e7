import * as z from 'zod/mini'
import { bytesOf, limits } from './limits.ts'

const textPart = z.object({ type: z.literal('text'), text: z.string() })

/** One piece of a message. Pictures and files join this union as further `type`s. */
export const messagePart = z.discriminatedUnion('type', [textPart])
export type MessagePart = z.infer<typeof messagePart>

export const message = z.object({
  role: z.enum(['user', 'assistant']),
  parts: z.array(messagePart).check(z.minLength(1), z.maxLength(100)),
})
export type Message = z.infer<typeof message>

/** The text of a message's parts, as one string. */
export const textOf = (message: Message): string => message.parts.map((part) => part.text).join('')

export const textMessage = (role: Message['role'], text: string): Message => ({
  role,
  parts: [{ type: 'text', text }],
})

/** Whether a conversation is more than may be sent: too many messages, or too much text in them. */
export function isTooLarge(messages: readonly Message[]): boolean {
  if (messages.length > limits.messages) return true
  const texts = messages.map(textOf)
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  // A UTF-16 unit takes at most three bytes, so that counting bytes, which takes its time, is rarely needed.
  return (
    units * 3 > limits.textBytes && texts.reduce((sum, text) => sum + bytesOf(text), 0) > limits.textBytes
  )
}
