const front = (name) => `^packages/contracts/src/${name}\\.ts$`
const model = '^packages/machines/src/model\\.ts$'
const test = '\\.(test|fixture)\\.tsx?$'
/** A package by its name, whether it was found in node_modules or not at all. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`

/** Who may know whom; what stands in no rule is allowed. */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Files that import each other can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'contracts-know-nobody',
      severity: 'error',
      from: { path: '^packages/contracts/' },
      to: { path: '^(apps|e2e|examples|scripts|packages/machines)/' },
    },
    {
      name: 'machines-know-contracts-alone',
      comment: 'What a conversation may do is said without a page, a wire or a server.',
      severity: 'error',
      from: { path: '^packages/machines/', pathNot: test },
      to: { pathNot: ['^packages/machines/', '^packages/contracts/', packages('xstate')] },
    },
    {
      name: 'machines-load-no-client',
      comment:
        "The contract's front door loads the client. Its types cost nothing; its values would bring tRPC.",
      severity: 'error',
      from: { path: '^packages/machines/', pathNot: test },
      to: { path: front('index'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'failures-load-no-client',
      comment: 'The machine loads this door.',
      severity: 'error',
      from: { path: front('failure') },
      to: { path: packages('@trpc'), reachable: true },
    },
    {
      name: 'api-knows-contracts',
      severity: 'error',
      from: { path: '^apps/api/' },
      to: { path: '^(apps/web|e2e|examples|scripts|packages/machines)/' },
    },
    {
      name: 'web-knows-contracts-and-machines',
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { path: '^(apps/api|e2e|examples|scripts)/' },
    },
    {
      name: 'outside-knows-what-is-public',
      comment: 'e2e and the examples use Mayfly as others do: by its address and its contract.',
      severity: 'error',
      from: { path: '^(e2e|examples)/' },
      to: { path: '^(apps|scripts|packages/machines)/', pathNot: model },
    },
    {
      name: 'model-for-tests',
      comment: 'What may happen to a conversation is walked by tests, in a browser too, and is in no bundle.',
      severity: 'error',
      from: { pathNot: ['^e2e/', `^packages/machines/.*${test}`] },
      to: { path: model },
    },
    {
      name: 'contracts-by-their-doors',
      severity: 'error',
      from: { pathNot: '^packages/contracts/' },
      to: { path: '^packages/contracts/', pathNot: [front('(index|failure|router)'), 'package\\.json$'] },
    },
    {
      name: 'router-for-the-api',
      comment: "The router's own door is the server's.",
      severity: 'error',
      from: { pathNot: ['^packages/contracts/', '^apps/api/'] },
      to: { path: front('router') },
    },
    {
      name: 'machines-by-their-door',
      severity: 'error',
      from: { pathNot: '^packages/machines/' },
      to: { path: '^packages/machines/', pathNot: ['^packages/machines/src/index\\.ts$', model] },
    },
    {
      name: 'nothing-unresolved',
      comment:
        "A path that a package's exports do not name, a package that is not there, or a slip of the pen.",
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-for-development-where-it-runs',
      comment: '`npm start` installs no devDependencies.',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: [test, '^apps/web/src/inspector/stately\\.ts$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    ...[
      { name: 'lucia', only: '^apps/api/src/auth/lucia\\.ts$' },
      { name: 'oslo', only: '^apps/api/src/auth/passwords\\.ts$' },
      { name: 'openai', only: '^apps/api/src/upstream/' },
      { name: '@statelyai/inspect', only: '^apps/web/src/inspector/stately\\.ts$' },
    ].map(({ name, only }) => ({
      name: `one-place-for-${name}`,
      severity: 'error',
      from: { pathNot: [only, test] },
      to: { path: packages(name) },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'browser', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
}
