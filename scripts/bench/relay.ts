import { benchRelay, type RelayRow } from '../../apps/api/bench/relay.ts'

const names = {
  pipe: 'raw byte pipe',
  ours: 'Mayfly',
  stock: "Mayfly with tRPC's own writer",
} as const

/** Measures the relays beside each other and prints each figure beside the raw pipe's of the same number of streams. */
export async function runRelayBench(): Promise<RelayRow[]> {
  const rows = await benchRelay([1, 200], 3)
  console.log('relay: medians of 3 rounds, one upstream at 50 tokens/s a stream')
  const head = [
    'streams',
    'relay',
    'CPU µs/token',
    'x pipe',
    'first text p50 / p99 ms',
    'KB heap/stream',
    'stop p50 / worst ms',
  ]
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
  for (const row of rows) {
    const floor = rows.find((one) => one.streams === row.streams && one.kind === 'pipe') ?? row
    const cells = [
      row.streams,
      names[row.kind],
      row.cpuPerToken.toFixed(1),
      (row.cpuPerToken / floor.cpuPerToken).toFixed(2),
      `${row.firstTextP50.toFixed(1)} / ${row.firstTextP99.toFixed(1)}`,
      row.heapPerStream.toFixed(1),
      `${row.stopP50.toFixed(1)} / ${row.stopWorst.toFixed(1)}`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  return rows
}
