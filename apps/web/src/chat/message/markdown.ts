import { createPart } from '../../ui/part.ts'

/** Draws a text piece by piece; `end` draws what it still holds back. */
export type Writer = { push(piece: string): void; end(): void }
export type CreateWriter = (root: HTMLElement) => Writer

/** What draws Markdown. Until it is there, and where it can't be had, replies are plain text. */
export const markdown = createPart(async (): Promise<CreateWriter> => {
  const { createReplyWriter, fetchParts } = await import('../../markdown/reply.ts')
  fetchParts()
  return createReplyWriter
})
