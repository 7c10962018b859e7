import { t } from '../../i18n/words.ts'
import { drawReply } from '../../markdown/reply.ts'
import { plainWords } from '../message/plain-words.ts'
import { hasWords, type Said } from '../said.ts'

/** What is copied of one message: as text, and drawn as it reads; below who said it, where that is to be told. */
export type Part = { by: string | null; text: string; draw: () => Iterable<Node> }

/** Of more characters than this no HTML is made: nothing else could be done with the page meanwhile. */
const mostDrawn = 400_000
/** What says something about words that stand elsewhere too; all else is the page's own. */
const kept = new Set(['dir', 'href', 'start'])

/** All of a message. */
export const partOf = (said: Said): Part => ({
  by: nameOf(said),
  text: said.text.trim(),
  draw: () => drawSaid(said),
})

/** A reply's drawn words, as they read. */
export const partOfDrawn = (words: Element, by: string | null): Part => ({
  by,
  text: plainWords(words),
  draw: () => words.cloneNode(true).childNodes,
})

/** A message's words, drawn without what the page has around them. */
export function drawSaid({ isReply, text }: Pick<Said, 'isReply' | 'text'>): Element[] {
  if (isReply) return drawReply(text)
  const paragraph = document.createElement('p')
  paragraph.dir = 'auto'
  for (const [at, line] of text.split('\n').entries()) {
    if (at > 0) paragraph.append(document.createElement('br'))
    paragraph.append(line)
  }
  return [paragraph]
}

const isSaid = ({ text }: Part) => hasWords(text)
export const nameOf = ({ isReply }: Pick<Said, 'isReply'>): string =>
  `${isReply ? t().chat.assistantSaid : t().chat.youSaid}:`

/** Messages as Markdown. */
export const toMarkdown = (parts: readonly Part[]): string =>
  parts
    .filter(isSaid)
    .map(({ by, text }) => (by === null ? text : `**${by}**\n\n${text}\n`))
    .join('\n')

/** Messages as HTML that documents take; null where there is too much for that. */
export function toHtml(parts: readonly Part[]): string | null {
  if (parts.reduce((sum, { text }) => sum + text.length, 0) > mostDrawn) return null
  const page = document.createElement('div')
  for (const { by, draw } of parts.filter(isSaid)) {
    if (by !== null) {
      const who = document.createElement('strong')
      who.append(by)
      const line = document.createElement('p')
      line.append(who)
      page.append(line)
    }
    page.append(...draw())
  }
  cleanUp(page)
  return new XMLSerializer().serializeToString(page)
}

/** Leaves what was written: no button, no box that many items lie in, and no attribute that only our own style knows. */
function cleanUp(page: Element): void {
  for (const box of page.querySelectorAll('.blocks, .run, .stretch, .lines'))
    box.replaceWith(...box.childNodes)
  for (const mark of page.querySelectorAll('li > [role="img"]')) {
    mark.replaceWith(mark.parentElement?.classList.contains('done') ? '☑ ' : '☐ ')
  }
  // Without our style a box of its own would begin below the mark, as would a first paragraph.
  for (const words of page.querySelectorAll('.task > div, .task > div > p:first-child'))
    words.replaceWith(...words.childNodes)
  for (const number of page.querySelectorAll('sup > button')) number.replaceWith(...number.childNodes)
  for (const own of page.querySelectorAll('button, figcaption, svg')) own.remove()
  for (const element of page.querySelectorAll('*')) {
    if (!(element instanceof HTMLElement)) continue
    for (const name of element.getAttributeNames()) if (!kept.has(name)) element.removeAttribute(name)
  }
}
