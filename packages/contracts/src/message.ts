import * as v from 'valibot'
import { bytesOf, limits } from './limits.ts'

const textPart = v.object({ type: v.literal('text'), text: v.string() })

/** One piece of a message. Pictures and files join this union as further `type`s. */
export const messagePart = v.variant('type', [textPart])
export type MessagePart = v.InferOutput<typeof messagePart>

export const message = v.object({
  role: v.picklist(['user', 'assistant']),
  parts: v.pipe(v.array(messagePart), v.minLength(1), v.maxLength(100)),
})
export type Message = v.InferOutput<typeof message>

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
