import type { Server } from 'node:http'

/**
 * Has each server listen on its host, all on `port`. An address family that this machine lacks is left out as long as
 * another host remains. Throws with words for the operator when the port is taken or the address is not ours.
 */
export async function listen(
  servers: readonly Server[],
  hosts: readonly string[],
  port: number,
): Promise<void> {
  const outcomes = await Promise.all(servers.map((server, i) => listenOn(server, hosts[i] ?? '', port)))
  const failed = outcomes.find((outcome) => outcome !== undefined && !isMissing(outcome.code, hosts.length))
  const heard = outcomes.filter((outcome) => outcome === undefined).length
  if (!failed && heard > 0) return
  for (const server of servers) server.close()
  throw new Error(explain(failed ?? outcomes.find((outcome) => outcome !== undefined), port))
}

type Failed = { code: string | undefined; host: string }

const isMissing = (code: string | undefined, hosts: number) =>
  hosts > 1 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')

function listenOn(server: Server, host: string, port: number): Promise<Failed | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code, host }))
    server.listen({ host, port, ipv6Only: host === '::1' }, () => resolve(undefined))
  })
}

function explain(failed: Failed | undefined, port: number): string {
  const { code, host = '' } = failed ?? {}
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${port} is in use on ${host}. Stop what listens there, or choose another port: PORT=${port + 1} npm start`
    case 'EACCES':
      return `PORT: this user may not listen on ${port}. Choose one above 1023, for example PORT=3000`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST: ${host} is no address of this machine. Use one of its own, for example HOST=127.0.0.1 or HOST=0.0.0.0`
    default:
      return `HOST and PORT: can't listen on ${host}, port ${port} (${code ?? 'for a reason unknown'})`
  }
}

/** Stops listening, and resolves when the last responses are out: after 3 s no more is waited for. */
export async function close(servers: readonly Server[]): Promise<void> {
  const idle = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), 100)
  const enough = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), 3_000)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  clearInterval(idle)
  clearTimeout(enough)
}
