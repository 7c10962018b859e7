import { benchRelay, type Kind, type RelayRow } from '../../apps/api/bench/relay.ts'

const names: Record<Kind, string> = {
  pipe: 'raw byte pipe',
  hand: 'hand-written SSE relay',
  ours: 'Mayfly',
  stock: "Mayfly with tRPC's own writer",
}

/** Measures the relays beside each other and prints each figure beside the raw pipe's of the same number of streams. */
export async function runRelayBench(): Promise<RelayRow[]> {
  const rows = await benchRelay([1, 200, 1_000], 3)
  console.log('relay: medians of 3 rounds, one upstream at 50 tokens/s a stream')
  const head = [
    'streams',
    'relay',
    'CPU µs/token',
    'x pipe',
    'CPU ms/reply begun',
    'first text p50 / p99 ms',
    'heap KB/stream',
    'stop p50 / worst ms',
    'tokens in time',
  ]
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
  for (const row of rows) {
    const floor = rows.find((one) => one.streams === row.streams && one.kind === 'pipe') ?? row
    const cells = [
      row.streams,
      names[row.kind],
      row.cpuPerToken.toFixed(1),
      (row.cpuPerToken / floor.cpuPerToken).toFixed(2),
      row.cpuPerReply.toFixed(1),
      `${row.firstTextP50.toFixed(1)} / ${row.firstTextP99.toFixed(1)}`,
      row.heapPerStream?.toFixed(1) ?? '–',
      `${row.stopP50.toFixed(1)} / ${row.stopWorst.toFixed(1)}`,
      `${Math.round(row.delivered * 100)} %`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  if (rows.some((row) => row.delivered < 0.95)) {
    console.log(
      'Where fewer than 95 % came in time the machine was full: upstream, relay and readers share its cores. There the' +
        ' CPU a token still compares, for each process counts its own; the times wait for a core.',
    )
  }
  return rows
}
