import { failureOf, type UpstreamInfo } from '@mayfly/contracts'
import { createSignal, For, Show } from 'solid-js'
import { client } from '../client.ts'
import { settingsWords } from '../i18n/en-settings.ts'
import { t } from '../i18n/words.ts'
import { askToSignInAgain, chatInfo, keepUpstream, person } from '../session.ts'

const words = () => settingsWords

const whyOf = ({ why, port = 0 }: UpstreamInfo) => words().why[why](port)

/** Where replies come from, and how a real model is connected. */
export function RepliesSection() {
  const upstream = () => chatInfo()?.upstream
  const kind = () => upstream()?.kind
  const isLookedFor = () => upstream()?.why === 'found' || upstream()?.why === 'none-found'
  const canLook = () => person()?.role === 'owner' && isLookedFor()
  const [said, setSaid] = createSignal<string | null>(null)

  const lookAgain = async () => {
    try {
      const found = await client.lookAgain.mutate()
      keepUpstream(found)
      setSaid(words().looked(found.name, whyOf(found)))
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'session-ended') askToSignInAgain()
      setSaid(
        failure.kind === 'rate-limited'
          ? words().lookAgainTooSoon(failure, Date.now())
          : t().account.failure(failure, Date.now()),
      )
    }
  }

  return (
    <section>
      <h3>{words().replies}</h3>
      <div class="pair">
        <span class="label">{words().from}</span>
        <div class="field">
          <div class="spread">
            <span>{upstream()?.name}</span>
            <Show when={canLook()}>
              <button type="button" class="btn" onClick={() => void lookAgain()}>
                {words().lookAgain}
              </button>
            </Show>
          </div>
          <p class="hint" role="status">
            <Show when={upstream()}>{(from) => said() ?? whyOf(from())}</Show>
          </p>
        </div>
      </div>
      <Show when={kind() === 'demo'}>
        <div class="pair">
          <span class="label">{words().connect}</span>
          <div class="field">
            <p class="hint">{words().connectHint}</p>
            <dl class="ways">
              <For each={words().connectWays}>
                {({ name, line }) => (
                  <div>
                    <dt>{name}</dt>
                    <dd>
                      <code>{line}</code>
                    </dd>
                  </div>
                )}
              </For>
            </dl>
          </div>
        </div>
      </Show>
    </section>
  )
}
