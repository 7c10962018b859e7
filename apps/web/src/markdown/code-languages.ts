import type { StreamParser } from '@codemirror/streamparser'

type Parser = StreamParser<unknown>

/** What reads code, by the name that `nameLanguage` gives the language; each is fetched when it is first met. */
const PARSERS: Readonly<Record<string, () => Promise<Parser>>> = {
  C: async () => (await clike()).c,
  'C#': async () => (await clike()).csharp,
  'C++': async () => (await clike()).cpp,
  Clojure: async () => (await import('@codemirror/legacy-modes/mode/clojure')).clojure,
  CMake: async () => (await import('@codemirror/legacy-modes/mode/cmake')).cmake,
  CSS: async () => (await css()).css,
  Dart: async () => (await clike()).dart,
  Diff: async () => (await import('@codemirror/legacy-modes/mode/diff')).diff,
  Dockerfile: async () => (await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile,
  Elm: async () => (await import('@codemirror/legacy-modes/mode/elm')).elm,
  Erlang: async () => (await import('@codemirror/legacy-modes/mode/erlang')).erlang,
  'F#': async () => (await import('@codemirror/legacy-modes/mode/mllike')).fSharp,
  Go: async () => (await import('@codemirror/legacy-modes/mode/go')).go,
  Groovy: async () => (await import('@codemirror/legacy-modes/mode/groovy')).groovy,
  Haskell: async () => (await import('@codemirror/legacy-modes/mode/haskell')).haskell,
  HTML: async () => (await import('./code-html.ts')).html,
  INI: async () => (await import('@codemirror/legacy-modes/mode/properties')).properties,
  Java: async () => (await clike()).java,
  JavaScript: async () => (await javascript()).javascript,
  JSON: async () => (await javascript()).json,
  JSX: async () => (await javascript()).javascript,
  Julia: async () => (await import('@codemirror/legacy-modes/mode/julia')).julia,
  Kotlin: async () => (await clike()).kotlin,
  LaTeX: async () => (await import('@codemirror/legacy-modes/mode/stex')).stex,
  Less: async () => (await css()).less,
  Lua: async () => (await import('@codemirror/legacy-modes/mode/lua')).lua,
  Markdown: async () => (await import('./code-markdown.ts')).markdown,
  nginx: async () => (await import('@codemirror/legacy-modes/mode/nginx')).nginx,
  'Objective-C': async () => (await clike()).objectiveC,
  OCaml: async () => (await import('@codemirror/legacy-modes/mode/mllike')).oCaml,
  Perl: async () => (await import('@codemirror/legacy-modes/mode/perl')).perl,
  PHP: async () => (await import('./code-php.ts')).php,
  PowerShell: async () => (await import('@codemirror/legacy-modes/mode/powershell')).powerShell,
  Protobuf: async () => (await import('@codemirror/legacy-modes/mode/protobuf')).protobuf,
  Python: async () => (await import('@codemirror/legacy-modes/mode/python')).python,
  R: async () => (await import('@codemirror/legacy-modes/mode/r')).r,
  Ruby: async () => (await import('@codemirror/legacy-modes/mode/ruby')).ruby,
  Rust: async () => (await import('@codemirror/legacy-modes/mode/rust')).rust,
  Scala: async () => (await clike()).scala,
  Scheme: async () => (await import('@codemirror/legacy-modes/mode/scheme')).scheme,
  SCSS: async () => (await css()).sCSS,
  Shell: async () => (await import('@codemirror/legacy-modes/mode/shell')).shell,
  SQL: async () => (await import('./code-sql.ts')).sql,
  Swift: async () => (await import('@codemirror/legacy-modes/mode/swift')).swift,
  TOML: async () => (await import('@codemirror/legacy-modes/mode/toml')).toml,
  TSX: async () => (await javascript()).typescript,
  TypeScript: async () => (await javascript()).typescript,
  XML: async () => (await import('@codemirror/legacy-modes/mode/xml')).xml,
  YAML: async () => (await import('@codemirror/legacy-modes/mode/yaml')).yaml,
}

const clike = () => import('@codemirror/legacy-modes/mode/clike')
const css = () => import('@codemirror/legacy-modes/mode/css')
const javascript = () => import('@codemirror/legacy-modes/mode/javascript')

/** What fetches the reader of a language, named as readers know it; `undefined` for one that we can't read. */
export function findParser(language: string): (() => Promise<Parser>) | undefined {
  return Object.hasOwn(PARSERS, language) ? PARSERS[language] : undefined
}
