import { failureOf, type ModelInfo } from '@mayfly/contracts'
import type { ConversationActor } from '@mayfly/machines'
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js'
import { client } from '../client.ts'
import { askToSignInAgain, chatInfo, onSignedIn } from '../session.ts'

/** The models on offer; null while they are being asked for. A server that would not tell offers none. */
export type Models = Accessor<readonly ModelInfo[] | null>

/** Asks for the models, again each time somebody has signed in or replies come from elsewhere. A choice that is no longer on offer is let go. */
export function fetchModels(actor: ConversationActor): Models {
  const [models, setModels] = createSignal<readonly ModelInfo[] | null>(null)
  const fetchOnce = async () => {
    try {
      const list = (await client.models.query()).models
      setModels(list)
      const { model } = actor.getSnapshot().context
      const [first] = list
      if (first && model !== null && !list.some(({ id }) => id === model)) {
        actor.send({ type: 'model', id: first.id })
      }
    } catch (error) {
      setModels([])
      if (failureOf(error).kind === 'session-ended') askToSignInAgain()
    }
  }
  // Another source of replies has other models, and so may somebody else.
  const source = createMemo(() => {
    const from = chatInfo()?.upstream
    return from && `${from.name} ${from.port ?? ''}`
  })
  createEffect(on(source, () => void fetchOnce()))
  onCleanup(onSignedIn(() => void fetchOnce()))
  return models
}
