import { type ConversationContext, openBranch } from '@mayfly/machines'

/** A message as it stands in the page, a reply that is being written as far as it has come. */
export type Said = { id: string; isReply: boolean; text: string; reasoning: string }

/** All that stands on the open branch, whether it is drawn or not. */
export const saidIn = ({ tree, open }: ConversationContext): Said[] =>
  openBranch(tree).map((turn) => {
    const { id } = turn
    if (turn.role === 'user') return { id, isReply: false, text: turn.text, reasoning: '' }
    const { text, reasoning } = open?.id === id ? open : turn
    return { id, isReply: true, text, reasoning }
  })

/** Whether a message says anything that can be seen. */
export const hasWords = (text: string): boolean => /\S/.test(text)
