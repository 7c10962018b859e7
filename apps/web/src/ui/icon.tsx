const circle = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`

/** Outlines on a square of 20, each one path. */
const outlines = {
  plus: 'M10 4v12M4 10h12',
  menu: 'M3 6h14M3 10h14M3 14h9',
  search: `${circle(9, 9, 5)}M13 13l4 4`,
  send: 'M10 16V4M5 9l5-5 5 5',
  stop: 'M6.5 5h7A1.5 1.5 0 0 1 15 6.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 13.5v-7A1.5 1.5 0 0 1 6.5 5z',
  copy: 'M9 7h5.5a2 2 0 0 1 2 2v5.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM13 4.5A1.5 1.5 0 0 0 11.5 3H5a2 2 0 0 0-2 2v6.5A1.5 1.5 0 0 0 4.5 13',
  check: 'm5 10.5 3.5 3.5 6.5-8',
  regenerate: 'M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5',
  continue: 'M4 10h11M11 5.5 15.5 10 11 14.5',
  edit: 'M4 16l.8-3.2L13 4.6a1.7 1.7 0 0 1 2.4 2.4L7.2 15.2z',
  more: `${circle(4.5, 10, 0.6)}${circle(10, 10, 0.6)}${circle(15.5, 10, 0.6)}`,
  close: 'm5 5 10 10M15 5 5 15',
  keyboard:
    'M4 5h12a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM7 12h6M5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1',
  settings: `M3 6h8M15 6h2M3 14h2M9 14h8${circle(13, 6, 2)}${circle(7, 14, 2)}`,
  'sign-out': 'M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M12 6l4 4-4 4M16 10H8',
  person: `${circle(10, 7, 3)}M4 17c.6-3.3 3-5 6-5s5.4 1.7 6 5`,
  eye: `M2.5 10C4.5 6.5 7 5 10 5s5.5 1.5 7.5 5c-2 3.5-4.5 5-7.5 5s-5.5-1.5-7.5-5z${circle(10, 10, 2.5)}`,
  'chevron-down': 'm6 8 4 4 4-4',
  'chevron-left': 'm12 5-5 5 5 5',
  'chevron-right': 'm8 5 5 5-5 5',
  'arrow-down': 'M10 4v12M5 11l5 5 5-5',
} as const

export type IconName = keyof typeof outlines

/** These point along the line of writing and turn with it. */
const turning: ReadonlySet<IconName> = new Set(['continue', 'sign-out', 'chevron-left', 'chevron-right'])

/** A drawing without a name of its own: the button around it has one. */
export function Icon(props: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 20 20"
      aria-hidden="true"
      classList={{ flip: turning.has(props.name), filled: props.name === 'stop' }}
    >
      <path d={outlines[props.name]} />
    </svg>
  )
}

/** One shape a state, so that colour is never alone. */
const signs = {
  idle: { line: circle(8, 8, 4.5) },
  sending: { line: 'M8 3.5A4.5 4.5 0 1 1 3.5 8' },
  streaming: { fill: circle(8, 8, 5) },
  interrupted: { line: circle(8, 8, 4.5), fill: 'M8 3.5a4.5 4.5 0 0 0 0 9z' },
  error: { line: 'M8 2.5 14 13H2zM8 6.5v3M8 11.4v.1' },
  backoff: { line: `${circle(8, 8, 5)}M8 5v3l2 1.5` },
} as const satisfies Record<string, { line?: string; fill?: string }>

export type SignState = keyof typeof signs

/** The shape of a conversation's state. */
export function Sign(props: { state: SignState }) {
  const shape = (): { line?: string; fill?: string } => signs[props.state]
  return (
    <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shape().line ?? ''} />
      <path class="filled" d={shape().fill ?? ''} />
    </svg>
  )
}

/** Mayfly's own sign. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M9.5 21C10.5 12 14.5 5.5 22 3c1 8-2.5 14.5-9 18.3M5 18.5c2 3 5 3.8 8 2.8 5-1.7 9-4.3 15.5-3.8M18.5 19.3c4-.3 6.5 1.2 8.5 4.2" />
    </svg>
  )
}
