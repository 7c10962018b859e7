import { Icon, type IconName } from './icon.tsx'

/** A button that is a drawing alone, named by words. With `pressed` it is one that stays down. */
export function IconButton(props: {
  name: IconName
  words: string
  act: (button: HTMLButtonElement) => void
  disabled?: boolean
  pressed?: boolean
}) {
  return (
    <button
      type="button"
      class="icon"
      aria-label={props.words}
      title={props.words}
      aria-pressed={props.pressed}
      disabled={props.disabled === true}
      onClick={(event) => props.act(event.currentTarget)}
    >
      <Icon name={props.name} />
    </button>
  )
}
