import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

/** In ms. The long run takes the samples of each property a hundred times. */
const testTimeout = process.env['MAYFLY_TEST_LONG'] ? 3_600_000 : 5_000

export default defineConfig({
  test: {
    reporters: ['dot', ['json', { outputFile: '.results/vitest.json' }]],
    projects: [
      {
        test: {
          name: 'node',
          testTimeout,
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
          testTimeout,
          include: ['apps/web/src/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          server: { deps: { inline: [/solid/] } },
        },
      },
    ],
  },
})
