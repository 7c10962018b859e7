import { en } from './en.ts'

export type Words = typeof en

/** Every word that the page shows, in the language that is chosen. */
export const t = (): Words => en
