import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/**
 * The server as a process of its own, with these settings and none of the machine's. Resolves once it can serve, and
 * throws with all that it said when it ends before, or takes longer than 20 s. The page has to be built.
 */
export async function startProcess(settings: Record<string, string>) {
  const port = await freePort()
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk) => (output += chunk))
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      // Its address comes first, then this.
      if (/Replies come from .*\n/.test(output)) resolve()
    })
  })
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const endedEarly = ended.then(({ code, signal }) => {
    throw new Error(`the server ended with ${code ?? signal} before it could serve:\n${output}`)
  })
  await Promise.race([ready, endedEarly]).finally(() => clearTimeout(tooLong))
  return {
    origin: `http://127.0.0.1:${port}`,
    /** All that it has said so far. */
    output: () => output,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    ended,
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
