import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type Log = Logger

/**
 * One JSON line an event on stderr; in words where a person watches. What is logged is named field by field by who
 * logs it: no request body, header, cookie or URL is ever handed over.
 */
export function createLog(level: LogLevel, out: NodeJS.WriteStream = process.stderr): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return out.isTTY
    ? pino(
        options,
        pretty({ destination: out, ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true }),
      )
    : pino(options, out)
}

/** What may be said of an error that nobody expected: its name and where it was thrown, but not its message. */
export function describeBug(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] }
  const cause = error.cause instanceof Error ? error.cause : error
  const lines = cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return { name: cause.name, at: lines.slice(0, 8).map((line) => line.trim()) }
}
