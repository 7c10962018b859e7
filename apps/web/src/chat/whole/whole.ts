import { createPart } from '../../ui/part.ts'

/** What copies and prints the whole conversation, also what is not drawn. */
export const wholePart = createPart(async () => (await import('./whole-conversation.tsx')).WholeConversation)
