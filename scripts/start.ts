import { main } from '../apps/api/src/main.ts'
import { buildWeb } from './build-web.ts'

const args = process.argv.slice(2)
try {
  // With an argument it only prints something and exits: no page is served.
  if (args.length === 0) await buildWeb()
  await main(args)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
