import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/**
 * Runs `code`, the body of an ES module, in `count` processes. In it, `args` are the strings given here, and
 * `await ready()` waits until all of them have got so far. Resolves with what each printed; rejects where one failed.
 */
export async function inProcesses(count: number, code: string, args: string[]): Promise<string[]> {
  const source = `
    const args = process.argv.slice(1)
    const ready = () => new Promise((resolve) => {
      process.once('message', resolve)
      process.send('ready')
    })
    ${code}
    process.disconnect()`
  const children = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source, '--', ...args], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    if (!child.stdout) throw new Error('A process was started without its output')
    return { child, ready: once(child, 'message'), closed: once(child, 'close'), printed: text(child.stdout) }
  })
  await Promise.all(children.map(({ ready, closed }) => Promise.race([ready, closed])))
  for (const { child } of children) child.send('go')
  return Promise.all(
    children.map(async ({ closed, printed }) => {
      const [status] = await closed
      if (status !== 0) throw new Error(`A process ended with status ${status}`)
      return (await printed).trim()
    }),
  )
}
