export const dayMs = 86_400_000

/** The UTC day that `ms` (since 1970) lies in, as a number of days since 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / dayMs)
