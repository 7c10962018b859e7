/** How large things may be, said once for the page, for programs and for the server. Sizes are bytes of UTF-8. */
export const limits = {
  /** A whole reply request as JSON. */
  requestBytes: 8_000_000,
  /** The text of all its messages together. */
  textBytes: 4_000_000,
  /** Messages in one request. */
  messages: 20_000,
  /** A reply that gets here ends with finish reason `length`. */
  replyBytes: 2_000_000,
  /** One delta; a larger one is sent in pieces. */
  deltaBytes: 64_000,
  /** Characters of a username, after normalisation. */
  username: 64,
  /** Characters of a new password. */
  passwordMin: 8,
  passwordMax: 256,
  /** Characters of a model's id. */
  modelId: 200,
} as const

/** Bytes that `text` takes in UTF-8. */
export const bytesOf = (text: string): number => new Blob([text]).size
