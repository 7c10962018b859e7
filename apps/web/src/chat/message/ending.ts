import type { Reply } from '@mayfly/machines'
import { t } from '../../i18n/words.ts'

/** What stands under a reply that ended in any way but its own, or nothing. */
export function endWords(reply: Reply | null): string | null {
  if (!reply?.ending) return null
  const words = t().chat.reply
  const { ending } = reply
  if (reply.text === '' && reply.reasoning !== '') {
    return ending.type === 'finished' ? words.thoughtsOnly : words.stoppedThinking
  }
  switch (ending.type) {
    case 'finished':
      return ending.finishReason === 'stop' ? null : words[ending.finishReason]
    case 'stopped':
      return reply.text === '' ? words.stoppedEmpty : words.stopped
    case 'failed':
      return reply.text === '' ? words.none : words.cutOff
    case 'empty':
      return words.none
  }
}
