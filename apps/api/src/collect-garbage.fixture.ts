import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Frees all that nothing holds. What the current turn of the event loop has looked at stays until the next. */
export const collectGarbage: () => void = runInNewContext('gc')
