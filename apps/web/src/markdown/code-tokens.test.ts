import { describe, expect, test } from 'vitest'
import { findParser } from './code-languages.ts'
import { createLineReader } from './code-tokens.ts'
import { nameLanguage } from './languages.ts'

/** What is coloured in some code, line by line: each stretch with its kind's first letter. */
async function read(word: string, code: string): Promise<string[]> {
  const parser = await findParser(nameLanguage(word))?.()
  if (!parser) throw new Error(`nobody reads ${word}`)
  const readLine = createLineReader(parser)
  return code.split('\n').map((line) =>
    readLine(line)
      .map(({ kind, from, to }) => `${kind.charAt(0)}:${line.slice(from, to)}`)
      .join(' '),
  )
}

describe('code is read line by line', () => {
  test.each([
    ['ts', 'const a: number = 1 // b', 'w:const w:number v:1 n:// b'],
    ['js', "return 'a'", "w:return t:'a'"],
    ['json', '{"a": [1, true]}', 't:"a" v:1 v:true'],
    ['py', "def f(): return 'a'  # b", "w:def w:return t:'a' n:# b"],
    ['html', '<a href="b">c</a>', 'w:a v:href t:"b" w:a'],
    ['css', 'p { color: #fff }', 'w:p v:#fff'],
    ['bash', 'echo "a" # b', 'w:echo t:"a" n:# b'],
    ['sql', "select a from b where c = 'd' -- e", "w:select w:from w:where t:'d' n:-- e"],
    ['c', 'int a = 1; // b', 'w:int v:1 n:// b'],
    ['c++', 'return "a";', 'w:return t:"a"'],
    ['java', 'public class A {}', 'w:public w:class'],
    ['c#', 'var a = "b";', 'w:var t:"b"'],
    ['go', 'func a() int { return 1 }', 'w:func w:int w:return v:1'],
    ['rust', 'let a = "b"; // c', 'w:let t:"b" n:// c'],
    ['ruby', 'def a # b', 'w:def n:# b'],
    ['php', "<?php return $a . 'b'; # c", "w:<?php w:return t:'b' n:# c"],
    ['yaml', 'a: "b" # c', 'v:a w::  t:"b" n:# c'],
    ['toml', 'a = "b" # c', 't:"b" n:# c'],
    ['diff', '+a', 't:+a'],
    ['md', '# a', 'w:# a'],
    ['kotlin', 'val a = 1 // b', 'w:val v:1 n:// b'],
    ['swift', 'let a = "b"', 'w:let t:"b"'],
  ])('in %s', async (word, code, coloured) => {
    expect(await read(word, code)).toEqual([coloured])
  })

  test('and what one line begins goes on in the next', async () => {
    expect(await read('ts', 'a /* b\n\nc */ + `d\ne`')).toEqual(['n:/* b', '', 'n:c */ t:`d', 't:e`'])
    expect(await read('py', '"""a\nb"""')).toEqual(['t:"""a', 't:b"""'])
  })

  test('in a page with a script and a style sheet in it', async () => {
    expect(
      await read('html', "<script>\nif (a < b) return 'c'\n</script><p>\n<style>p { color: #fff }</style>"),
    ).toEqual(['w:script', "w:if w:return t:'c'", 'w:script w:p', 'w:style w:p v:#fff w:style'])
  })

  test('in every language that has a name, whatever the code', async () => {
    const code = '<?a "b\n\'c\n`d /* e\n-- {{ [[ (( $f #g @h \\\n%i ||| ]]\n\t\u2028😀\n'.repeat(3)
    const words =
      'c cs cpp clj cmake css dart diff docker elm erl fs go groovy hs html ini java js json jsx jl kt tex less lua md nginx objc ml perl php ps1 proto py r rb rs scala lisp scss sh sql swift toml tsx ts xml yaml'
    for (const word of words.split(' ')) expect(await read(word, code)).toHaveLength(19)
  })

  test('and a line too long for a frame stays plain', async () => {
    expect(await read('js', `return "${'a'.repeat(5_000)}"\nreturn`)).toEqual(['', 'w:return'])
  })

  test.each(['', 'brainfuck', 'constructor', '__proto__'])('but not in "%s"', (word) => {
    expect(findParser(nameLanguage(word))).toBeUndefined()
  })
})
