import { simpleMode } from '@codemirror/legacy-modes/mode/simple-mode'
import type { StreamParser } from '@codemirror/streamparser'

/** Markdown as far as a line shows what it is. */
export const markdown: StreamParser<unknown> = simpleMode({
  start: [
    { regex: /\s*(?:```|~~~).*/, sol: true, token: 'string', next: 'code' },
    { regex: /#{1,6}\s.*/, sol: true, token: 'heading' },
    { regex: /\s*(?:[-*+]|\d+[.)])\s/, sol: true, token: 'keyword' },
    { regex: /\s*>/, sol: true, token: 'keyword' },
    { regex: /`[^`]+`/, token: 'string' },
    { regex: /\\./ },
    { regex: /(!?\[)([^\]]*)(\]\()([^)]*)(\))/, token: ['', '', '', 'atom', ''] },
    { regex: /\*\*[^*]+\*\*|__[^_]+__/, token: 'keyword' },
    { regex: /<!--.*?-->/, token: 'comment' },
  ],
  code: [
    { regex: /\s*(?:```|~~~)\s*$/, sol: true, token: 'string', next: 'start' },
    { regex: /.+/, token: 'string' },
  ],
})
