import { clike } from '@codemirror/legacy-modes/mode/clike'
import type { StreamParser, StringStream } from '@codemirror/streamparser'

const listWords = (words: string): Record<string, true> =>
  Object.fromEntries(words.split(' ').map((word) => [word, true as const]))

/** PHP, with its opening and closing marks and without the page around it. */
export const php: StreamParser<unknown> = clike({
  name: 'php',
  keywords: listWords(
    'abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile enum eval exit extends final finally fn for foreach from function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or parent print private protected public readonly require require_once return self static switch throw trait try unset use var while xor yield',
  ),
  types: listWords('bool float int iterable mixed never object string void'),
  atoms: listWords('false FALSE null NULL true TRUE'),
  multiLineStrings: true,
  hooks: {
    $: (stream: StringStream) => (stream.eatWhile(/\w/), 'variableName'),
    '#': (stream: StringStream) => (stream.peek() === '[' ? null : (stream.skipToEnd(), 'comment')),
    '<': (stream: StringStream) => (stream.match(/^\?(?:php|=)?/) ? 'meta' : false),
    '?': (stream: StringStream) => (stream.eat('>') ? 'meta' : false),
  },
})
