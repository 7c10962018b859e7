import * as v from 'valibot'

export const wholeNumber = v.pipe(v.number(), v.safeInteger())
/** A whole number from 0 on. */
export const count = v.pipe(wholeNumber, v.minValue(0))
