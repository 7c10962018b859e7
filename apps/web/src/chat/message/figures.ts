import type { Turn } from '@mayfly/machines'
import { t } from '../../i18n/words.ts'

/** What a reply took: tokens where the model's server counts them, and the time of one that came to its end. */
export function figuresOf(turn: Turn): string[] {
  if (turn.role === 'user') return []
  const words = t().chat.reply
  const { usage, ms, ending } = turn
  const time = ending?.type === 'finished' ? [words.seconds(ms)] : []
  return usage ? [words.tokens(usage.output), ...time] : time
}
