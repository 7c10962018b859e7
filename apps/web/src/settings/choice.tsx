import { createUniqueId, For } from 'solid-js'

/** One of a few values, all of them seen. Each has its word. */
export function Choice<T extends string>(props: {
  label: string
  values: readonly T[]
  words: Readonly<Record<T, string>>
  value: T
  choose: (value: T) => void
}) {
  const id = createUniqueId()
  return (
    <div class="pair" role="radiogroup" aria-labelledby={id}>
      <span class="label" id={id}>
        {props.label}
      </span>
      <div class="choice">
        <For each={props.values}>
          {(value) => (
            <label>
              <input
                type="radio"
                name={id}
                checked={props.value === value}
                onChange={() => props.choose(value)}
              />
              {props.words[value]}
            </label>
          )}
        </For>
      </div>
    </div>
  )
}
