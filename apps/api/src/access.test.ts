import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { addressOf, isOwnHost } from './access.ts'

function requestFrom(forwarded: string | undefined): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.1' })
  const req = new IncomingMessage(socket)
  if (forwarded !== undefined) req.headers['x-forwarded-for'] = forwarded
  return req
}

test.each([
  ['the socket’s, when no proxy is trusted', 0, '6.6.6.6', '10.0.0.1'],
  ['what the one trusted proxy wrote, which is last', 1, '6.6.6.6, 192.0.2.7', '192.0.2.7'],
  ['what the first of two trusted proxies wrote', 2, '6.6.6.6, 192.0.2.7, 10.0.0.2', '192.0.2.7'],
  ['the farthest that was written, when there are fewer than trusted', 3, '192.0.2.7', '192.0.2.7'],
  ['the socket’s, when a trusted proxy wrote nothing', 1, undefined, '10.0.0.1'],
  ['the socket’s, when what was written is empty', 1, ' , ', '10.0.0.1'],
])('a visitor’s address is %s', (_name, proxies, forwarded, expected) => {
  expect(addressOf(requestFrom(forwarded), proxies)).toBe(expected)
})

test.each([
  ['chat.example', true],
  ['localhost:5000', true],
  ['127.0.0.1', true],
  ['[::1]:3000', true],
  ['chat.example:81', false],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['', false],
  [undefined, false],
])('the host %s is ours: %s', (host, expected) => {
  expect(isOwnHost(host, new URL('https://chat.example'))).toBe(expected)
})
