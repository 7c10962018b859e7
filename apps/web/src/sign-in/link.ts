/**
 * The code of the one-time link that the page was opened by, or null. It is taken out of the address, so that neither
 * the tab's history nor anything that is asked for later holds it.
 */
export function takeLinkCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}
