import { join } from 'node:path'
import { defineConfig } from '@playwright/test'

const executablePath = process.env['BROWSER_PATH']
const results = join(import.meta.dirname, '..', '.results')

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  globalTeardown: './fixtures/fault-table.ts',
  outputDir: join(results, 'playwright'),
  reporter: [['dot'], ['json', { outputFile: join(results, 'playwright.json') }]],
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // In ms. The long run looks at a view in each theme, width and direction, and walks further.
  timeout: process.env['MAYFLY_TEST_LONG'] ? 900_000 : 30_000,
  // A machine that does other things too is slow, not wrong.
  expect: { timeout: 10_000 },
  use: {
    launchOptions: {
      ...(executablePath !== undefined && executablePath !== '' && { executablePath }),
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        // Chromium refuses to start its sandbox as root.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    },
  },
})
