import { createHash } from 'node:crypto'

/**
 * SHA-256 of `text` in hex, kept apart by what it is for. Enough for secrets that are themselves 128 random bits or
 * more; a password needs `passwords.ts`.
 */
export const digest = (purpose: 'session' | 'code' | 'throttle', text: string): string =>
  createHash('sha256').update(`${purpose}:${text}`).digest('hex')
