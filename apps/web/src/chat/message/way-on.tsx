import type { FailureKind } from '@mayfly/contracts/failure'
import { canContinue, type Ending, isInterrupted, isTooLong, type Reply } from '@mayfly/machines'
import { type JSX, Show } from 'solid-js'
import { t } from '../../i18n/words.ts'
import { askToSignInAgain } from '../../session.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { select, useConversation } from '../conversation.tsx'
import { focusNext, passFocusOn } from '../focus.ts'

const words = () => t().chat.reply

const failedAs = (ending: Ending | null): FailureKind | null =>
  ending?.type === 'failed' ? ending.failure.kind : null

/** The buttons that lead on from the conversation's last reply, where there are any. */
export function WayOn(props: { reply: Reply }) {
  const { actor } = useConversation()
  const canLeaveOut = select(actor, (snapshot) => snapshot.can({ type: 'leave out' }))
  const wayOn = (): JSX.Element => {
    const { ending } = props.reply
    const again = canContinue(props.reply) ? (
      <WordButton icon="continue" words={words().continue} act={() => actor.send({ type: 'continue' })} />
    ) : (
      <WordButton icon="regenerate" words={words().tryAgain} act={() => actor.send({ type: 'retry' })} />
    )
    if (isTooLong(props.reply)) {
      return (
        <>
          <Show when={canLeaveOut()}>
            <WordButton words={words().leaveOut} act={() => actor.send({ type: 'leave out' })} />
          </Show>
          <WordButton
            plain={canLeaveOut()}
            words={words().newChatWithQuestion}
            act={() => actor.send({ type: 'new chat with question' })}
          />
          {again}
        </>
      )
    }
    if (canContinue(props.reply)) return again
    if (!isInterrupted(props.reply) && ending?.type === 'finished') return null
    switch (failedAs(ending)) {
      case 'session-ended':
        // What was shown is never asked for again by signing in.
        return isInterrupted(props.reply) ? (
          again
        ) : (
          <WordButton words={words().signInAgain} act={askToSignInAgain} />
        )
      case 'bad-request':
        return [again, <WordButton plain words={words().reload} act={() => location.reload()} />]
      default:
        return again
    }
  }
  return <>{wayOn()}</>
}

/** A button that is gone once it has been pressed, or its time is over, so it passes the focus on. */
export function WordButton(props: { words: string; act: () => void; icon?: IconName; plain?: boolean }) {
  return (
    <button
      ref={passFocusOn}
      type="button"
      class="btn"
      classList={{ plain: props.plain === true }}
      onClick={() => {
        props.act()
        focusNext()
      }}
    >
      <Show when={props.icon}>{(name) => <Icon name={name()} />}</Show>
      {props.words}
    </button>
  )
}
