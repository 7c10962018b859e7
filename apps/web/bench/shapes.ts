/** What a reply may be made of, each as the beginning of an endless text: `head` once, then one `line` after another. */
const shapes = {
  'prose of all kinds': { head: '', line: mixed },
  'short paragraphs': { head: '', line: (n) => `${words(n, 12)}.\n\n` },
  'one paragraph of lines': { head: '', line: (n) => `${words(n, 12)}\n` },
  'one line': { head: '', line: (n) => `${words(n, 12)} **${words(n + 1, 2)}** and \`${words(n, 1)}\`. ` },
  'one list': { head: '', line: (n) => `- ${words(n, 6)} **${words(n + 1, 2)}**\n` },
  'one list of lists': { head: '', line: (n) => `${'  '.repeat(n % 4)}- ${words(n, 6)}\n` },
  'one table': {
    head: '| name | what it is | how many |\n| --- | --- | ---: |\n',
    line: (n) => `| ${words(n, 1)} | ${words(n, 4)} | ${n} |\n`,
  },
  'one table of short rows': {
    head: '| n | name |\n| --- | --- |\n',
    line: (n) => `| ${n} | ${words(n, 1)} |\n`,
  },
  'one quotation': { head: '', line: (n) => `> ${words(n, 10)}\n${n % 4 === 3 ? '>\n' : ''}` },
  'one block of code': {
    head: '```ts\n',
    line: (n) =>
      `const ${words(n, 1)}${n} = await fetch('${words(n, 1)}', { count: ${n} }) // ${words(n, 4)}\n`,
  },
  'indented code': { head: '', line: (n) => `    ${words(n, 8)}\n` },
  'one list of tasks': { head: '', line: (n) => `- [${n % 2 ? 'x' : ' '}] ${words(n, 6)}\n` },
  formulas: {
    head: '',
    line: (n) =>
      `So $x_{${n}} = \\frac{${n}}{n}$ is ${words(n, 4)}:\n\n$$\n\\sum_{k=1}^{${n % 50}} k = n\n$$\n\n`,
  },
  footnotes: { head: '', line: (n) => `${words(n, 6)}[^${n}] here.\n\n[^${n}]: ${words(n + 1, 6)}\n\n` },
} as const satisfies Record<string, { head: string; line: (n: number) => string }>

export type Shape = keyof typeof shapes
export const shapeNames = Object.keys(shapes).filter((name): name is Shape => name in shapes)

const vocabulary =
  'river water light stone wing larva swarm evening summer current surface gravel insect hatch drift shallow'.split(
    ' ',
  )

function words(seed: number, count: number): string {
  return Array.from(
    { length: count },
    (_, place) => vocabulary[(seed * 7 + place * 5 + seed * place) % vocabulary.length],
  ).join(' ')
}

/** What models write: headings, paragraphs, lists, code and tables, one after the other. */
function mixed(n: number): string {
  switch (n % 6) {
    case 0:
      return `## ${words(n, 4)}\n\n`
    case 1:
      return `${words(n, 30)}, **${words(n, 2)}**, [${words(n, 2)}](https://example.org/${n}).\n\n`
    case 2:
      return [0, 1, 2, 3].map((item) => `- ${words(n + item, 9)} \`${words(item, 1)}\`\n`).join('') + '\n'
    case 3:
      return `\`\`\`ts\n${[0, 1, 2].map((line) => `const ${words(n, 1)}${line} = ${n} // ${words(line, 4)}\n`).join('')}\`\`\`\n\n`
    case 4:
      return `${words(n, 45)}. ${words(n + 1, 20)}.\n\n`
    default:
      return `| a | b |\n| --- | --- |\n${[0, 1, 2].map((row) => `| ${words(n + row, 2)} | ${row} |\n`).join('')}\n`
  }
}

/** So many characters of a shape, from its beginning on. */
export function write(shape: Shape, length: number): string {
  const { head, line } = shapes[shape]
  const lines: string[] = [head]
  let written = head.length
  for (let n = 0; written < length; n++) {
    const next = line(n)
    lines.push(next)
    written += next.length
  }
  return lines.join('').slice(0, length)
}
