/** How the session's cookie is named and sent; `port` is the public origin's. */
export interface CookieOptions {
  https: boolean
  port: number
}

/**
 * `__Host-` binds the cookie to this very host (RFC 6265bis, 4.1.3.2), but asks for https. Without it the port is in
 * the name: cookies ignore ports, and two copies on one machine would sign each other out.
 */
export const cookieName = ({ https, port }: CookieOptions): string =>
  https ? '__Host-session' : `session-${port}`

/** The first value of the cookie `name` in a Cookie header, or null. Takes any header whatever without throwing. */
export function readCookie(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return null
}

/** A Set-Cookie value that keeps `value` for `maxAgeSeconds`; 0 removes the cookie. */
export function writeCookie(options: CookieOptions, value: string, maxAgeSeconds: number): string {
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`
  return `${cookieName(options)}=${value}; ${attributes}${options.https ? '; Secure' : ''}`
}
