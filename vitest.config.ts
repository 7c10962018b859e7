import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['dot', ['json', { outputFile: '.results/vitest.json' }]],
    projects: [
      {
        test: {
          name: 'node',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/api/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'e2e/fixtures/**/*.test.ts',
          ],
        },
      },
      {
        plugins: [solid({ hot: false })],
        // @xstate/solid would otherwise resolve to its CommonJS build and bring a second Solid whose effects never run.
        resolve: { conditions: ['development', 'browser', 'module'] },
        test: {
          name: 'dom',
          include: ['apps/web/src/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          server: { deps: { inline: [/solid/] } },
        },
      },
    ],
  },
})
