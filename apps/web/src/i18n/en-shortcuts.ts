import type { Shortcut } from '../chat/shortcuts.ts'

/** The words of the list of shortcuts: they come with what draws it. */
export const shortcutWords = {
  title: 'Keyboard shortcuts',
  close: 'Close',
  does: {
    send: 'Send',
    'new-line': 'New line',
    stop: 'Stop, or close what is open',
    'focus-message': 'To the message box',
    search: 'Search in conversation',
    'previous-question': 'Previous question',
    'next-question': 'Next question',
    quote: 'Quote what is selected',
    'copy-last-reply': 'Copy the last reply',
    'new-chat': 'New chat',
    'show-shortcuts': 'This list',
  } satisfies Record<Shortcut, string>,
  /** What stands on a key, and what it is called where that is a drawing. */
  keys: {
    Mod: { drawn: 'Ctrl' },
    Alt: { drawn: 'Alt' },
    Shift: { drawn: 'Shift' },
    Enter: { drawn: 'Enter' },
    Escape: { drawn: 'Esc' },
    ArrowUp: { drawn: '↑', called: 'Arrow up' },
    ArrowDown: { drawn: '↓', called: 'Arrow down' },
  },
  macKeys: {
    Mod: { drawn: '⌘', called: 'Command' },
    Alt: { drawn: '⌥', called: 'Option' },
    Shift: { drawn: '⇧', called: 'Shift' },
    Enter: { drawn: '⏎', called: 'Return' },
    Escape: { drawn: 'esc' },
  },
  singleKeys: 'Single keys',
  singleKeysOn: 'A question mark opens this list',
  singleKeysHint: 'Not while you write. The choice holds until this tab is closed.',
}
