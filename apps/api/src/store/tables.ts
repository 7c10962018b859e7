/** Times are milliseconds since 1970, days are days since 1970 in UTC; ids and hashes are text. */
export interface Tables {
  users: UsersTable
  identities: IdentitiesTable
  sessions: SessionsTable
  one_time_codes: OneTimeCodesTable
  rate: RateTable
  leases: LeasesTable
  usage: UsageTable
}

export interface UsersTable {
  id: string
  name: string
  /** The name with its case folded; what makes two names the same. */
  name_key: string
  role: 'owner' | 'member'
  /** Null for whoever signs in by link or by another service alone. */
  password_hash: string | null
  created_at: number
  disabled_at: number | null
}

export interface IdentitiesTable {
  issuer: string
  subject: string
  user_id: string
}

export interface SessionsTable {
  /** SHA-256 of the token; the token itself is nowhere but with its holder. */
  id_hash: string
  user_id: string
  kind: 'browser' | 'api'
  label: string | null
  created_at: number
  expires_at: number
  last_seen_day: number
}

export interface OneTimeCodesTable {
  hash: string
  purpose: 'sign-in'
  expires_at: number
}

export interface RateTable {
  key: string
  /** "Theoretical arrival time": when the bucket will be empty again. */
  tat: number
}

export interface LeasesTable {
  user_id: string
  slot: number
  reply_id: string
  expires_at: number
  /** Tokens held back on `day` for this reply until it is settled. */
  reserved: number
  day: number
}

export interface UsageTable {
  user_id: string
  day: number
  tokens: number
  reserved: number
}
