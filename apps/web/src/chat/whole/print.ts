import type { ConversationContext } from '@mayfly/machines'
import { t } from '../../i18n/words.ts'
import { endWords } from '../message/ending.ts'
import { isOpened } from '../message/opened.ts'
import { saidIn } from '../said.ts'
import { drawSaid } from './words.ts'

/** Draws all messages for paper: no buttons, thoughts only where they are open on the screen. */
export function drawForPrint(context: ConversationContext): HTMLElement {
  const page = element('div', 'printed column')
  for (const said of saidIn(context)) {
    const turn = context.tree.turns.get(said.id)
    const article = element('article', said.isReply ? 'a' : '')
    if (said.reasoning !== '' && isOpened(said.id)) article.append(drawThoughts(said.reasoning))
    article.append(element('div', said.isReply ? 'prose' : 'q', ...drawSaid(said)))
    const end = turn?.role === 'assistant' ? endWords(turn) : null
    if (end !== null) article.append(element('p', 'end', end))
    page.append(article)
  }
  return page
}

function drawThoughts(reasoning: string): HTMLElement {
  const thoughts = document.createElement('details')
  thoughts.className = 'thought'
  thoughts.open = true
  const paragraphs = reasoning.split(/\n{2,}/).map((words) => element('p', '', words))
  thoughts.append(element('summary', '', t().chat.reply.thinking), element('div', '', ...paragraphs))
  return thoughts
}

function element(tag: 'article' | 'div' | 'p' | 'summary', name: string, ...content: (Node | string)[]) {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...content)
  return made
}
