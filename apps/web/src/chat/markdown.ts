import { t } from '../i18n/words.ts'
import { createPart } from '../ui/part.ts'

/** Draws a text piece by piece; `end` draws what it still holds back. */
export type Writer = { push(piece: string): void; end(): void }
export type CreateWriter = (root: HTMLElement) => Writer

/** What draws Markdown. Until it is there, and where it can't be had, replies are plain text. */
export const markdown = createPart(async (): Promise<CreateWriter> => {
  const { createMarkdownRenderer } = await import('../markdown/renderer.ts')
  return (root) => createMarkdownRenderer(root, t().chat.markdown)
})
