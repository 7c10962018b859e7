/** What the log is told about sign-in. Never a password, a token, a code or a cookie. */
export interface AuthEvent {
  kind:
    | 'sign-in'
    | 'sign-in-failed'
    | 'sign-up'
    | 'sign-out'
    | 'link-made'
    | 'link-used'
    | 'link-failed'
    | 'name-changed'
    | 'password-changed'
    | 'password-change-failed'
    | 'token-made'
    | 'token-revoked'
    | 'throttled'
  userId?: string
  /** Where it came from: the client's IP address, or `console`. */
  address: string
}

export type AuthLog = (event: AuthEvent) => void
