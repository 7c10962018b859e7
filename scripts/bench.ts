// npm run bench            every bench, one after the other
// npm run bench -- relay   one of them
import { mkdirSync, writeFileSync } from 'node:fs'
import { runChaosBench } from './bench/chaos.ts'
import { runClientBench } from './bench/client.ts'
import { runRelayBench } from './bench/relay.ts'

/** Each prints its table and resolves with the figures in it, which go to `.results/bench-NAME.json`. */
const benches: Record<string, () => Promise<object>> = {
  relay: runRelayBench,
  chaos: runChaosBench,
  client: runClientBench,
}

const [asked, ...rest] = process.argv.slice(2)
if (rest.length > 0 || (asked !== undefined && !Object.hasOwn(benches, asked))) {
  console.error(
    `mayfly: no bench is called "${[asked, ...rest].join(' ')}". There is: ${Object.keys(benches).join(', ')}.`,
  )
  process.exit(2)
}
mkdirSync('.results', { recursive: true })
for (const [name, run] of Object.entries(benches)) {
  if (asked !== undefined && asked !== name) continue
  writeFileSync(`.results/bench-${name}.json`, `${JSON.stringify(await run(), null, 2)}\n`)
}
