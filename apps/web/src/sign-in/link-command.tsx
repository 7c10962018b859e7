/** Says how whoever reads the server's console gets a one-time link. */
export function LinkCommand(props: { words: { before: string; after: string } }) {
  return (
    <p class="note">
      {props.words.before} <code>npm start -- --link</code> {props.words.after}
    </p>
  )
}
