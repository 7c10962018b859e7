import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

export default defineConfig({
  plugins: [solid()],
  build: {
    // The first of each with light-dark(), which the style sheet is written in.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows no inline asset, and files of their own are cached for ever.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
})
