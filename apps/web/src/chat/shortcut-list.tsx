import { For, Show } from 'solid-js'
import { shortcutWords as words } from '../i18n/en-shortcuts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { isTouch } from './focus.ts'
import { isMac, setSingleKeys, type Shortcut, shortcuts, singleKeys } from './shortcuts.ts'

/** Under a finger Enter breaks the line, whatever it does elsewhere. */
const isShown = (id: Shortcut) => !isTouch() || (id !== 'send' && id !== 'new-line')

/** Every shortcut of the chat page, and the way to be rid of those that are a single character. */
export function ShortcutList(props: { close: () => void }) {
  return (
    <Dialog labelledBy="shortcuts" close={() => props.close()}>
      <div class="d-head">
        <h2 id="shortcuts">{words.title}</h2>
        <button
          type="button"
          class="icon"
          aria-label={words.close}
          title={words.close}
          onClick={() => props.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="d-body">
        <dl class="keys">
          <For each={idsOf(shortcuts).filter(isShown)}>
            {(id) => (
              <div>
                <dt>{words.does[id]}</dt>
                <dd>
                  <For each={drawnKeys(shortcuts[id])}>{(key) => <Key {...key} />}</For>
                </dd>
              </div>
            )}
          </For>
        </dl>
        <div class="pair">
          <span class="label">{words.singleKeys}</span>
          <div>
            <label class="check">
              <input
                type="checkbox"
                checked={singleKeys()}
                onChange={(event) => setSingleKeys(event.currentTarget.checked)}
              />
              {words.singleKeysOn}
            </label>
            <p class="hint">{words.singleKeysHint}</p>
          </div>
        </div>
      </div>
    </Dialog>
  )
}

const idsOf = (table: typeof shortcuts) => Object.keys(table).filter((id): id is Shortcut => id in table)

type DrawnKey = { drawn: string; called?: string }

/** A Mac's menus write the keys that are held in this order. */
const macOrder = ['Alt', 'Shift', 'Mod']

/** The keys of a shortcut as this person's keyboard has them. */
export function drawnKeys(keys: string, mac = isMac): DrawnKey[] {
  const names: Readonly<Record<string, DrawnKey>> = mac ? { ...words.keys, ...words.macKeys } : words.keys
  const held = keys.split('+')
  const pressed = held.pop() ?? ''
  if (mac) held.sort((a, b) => macOrder.indexOf(a) - macOrder.indexOf(b))
  return [...held, pressed].map((key) => names[key] ?? { drawn: key })
}

function Key(props: DrawnKey) {
  return (
    <kbd>
      <Show when={props.called} fallback={props.drawn}>
        {(called) => (
          <>
            <span aria-hidden="true">{props.drawn}</span>
            <span class="sr">{called()}</span>
          </>
        )}
      </Show>
    </kbd>
  )
}
