import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'

/** Puts a function of ours around each `import()` of the built page, in the place of vite's own. */
const fetchBeforeImport: Plugin = {
  name: 'fetch-before-import',
  enforce: 'pre',
  load: {
    filter: { id: /^\0vite\/preload-helper\.js$/ },
    handler: () => "export { fetchThenImport as __vitePreload } from '/src/ui/fetch-then-import.ts'",
  },
}

export default defineConfig({
  plugins: [solid(), fetchBeforeImport],
  build: {
    // The first of each with light-dark(), which the style sheet is written in.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows no inline asset, and files of their own are cached for ever.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: {
      polyfill: false,
      // The files of a module, itself among them also where it is alone.
      resolveDependencies: (file, files, { hostType }) =>
        hostType === 'js' && files.length === 0 ? [file] : files,
    },
  },
})
