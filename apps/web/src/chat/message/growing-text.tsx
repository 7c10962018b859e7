import { createEffect, on } from 'solid-js'
import { oncePerFrame } from '../frame.ts'
import { type CreateWriter, markdown, type Writer } from './markdown.ts'

/** Writes words as they are, one paragraph for each block of lines. */
function createPlainWriter(root: HTMLElement): Writer {
  let paragraph: Text | undefined
  let newlines = ''
  const push = (piece: string) => {
    for (const part of piece.split(/(\n+)/)) {
      if (part.startsWith('\n')) {
        newlines += part
      } else if (part !== '') {
        if (paragraph && newlines.length < 2) {
          paragraph.appendData(newlines + part)
        } else {
          paragraph = new Text(part)
          const element = document.createElement('p')
          element.dir = 'auto'
          element.append(paragraph)
          root.append(element)
        }
        newlines = ''
      }
    }
  }
  return { push, end: () => {} }
}

type GrowingTextProps = { text: string; live: boolean }

/** A reply's words, drawn as Markdown. */
export function Prose(props: GrowingTextProps) {
  markdown.fetch()
  return <GrowingText {...props} class="prose" createWriter={markdown.part() ?? createPlainWriter} />
}

/** Words that are shown as they are. */
export function PlainText(props: GrowingTextProps & { class?: string }) {
  return <GrowingText {...props} createWriter={createPlainWriter} />
}

/**
 * A text that only ever grows, while it does and when it has come to rest: its writer is given each piece once, at
 * most once a frame, so what was drawn stays and so does what is selected in it.
 */
function GrowingText(props: GrowingTextProps & { createWriter: CreateWriter; class?: string }) {
  let root!: HTMLDivElement
  let writer: Writer | undefined
  let drawn = 0
  const draw = () => {
    writer?.push(props.text.slice(drawn))
    drawn = props.text.length
    if (!props.live) writer?.end()
  }
  const drawSoon = oncePerFrame(draw)
  createEffect(
    on(
      () => props.createWriter,
      (createWriter) => {
        root.replaceChildren()
        writer = createWriter(root)
        drawn = 0
        draw()
      },
    ),
  )
  createEffect(on([() => props.text, () => props.live], drawSoon, { defer: true }))
  return <div ref={root} class={props.class} data-live={props.live ? '' : undefined} />
}
