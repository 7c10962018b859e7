import { expect, test } from 'vitest'
import { findHosts, findMachinePlaces } from './portable.ts'

// Put together here, or the check would find them in this file.
const path = (...parts: string[]) => ['', ...parts].join('/')

test.each([
  path('home', 'ada', 'mayfly'),
  path('Users', 'ada', 'mayfly'),
  path('root', 'mayfly'),
  ['C:', 'Users', 'ada'].join('\\'),
  ['registry', 'npmjs', 'org'].join('.'),
  `cd ${path('srv', 'clone')}`,
])('finds %j, which holds on one machine only', (place) => {
  expect(findMachinePlaces(`first\nsee "${place}"`, path('srv', 'clone'))).toHaveLength(1)
  expect(findMachinePlaces(`first\nsee "${place}"`, path('srv', 'clone'))[0]).toMatch(/^2: /)
})

test.each(['apps/web/src', '/usr/bin/chromium', 'https://example.com/home/ada/x', "'/app' and '/apps/web'"])(
  'leaves %j alone',
  (text) => {
    expect(findMachinePlaces(text, '/app')).toEqual([])
  },
)

test('finds a host in a lockfile, but not in what a package says of itself', () => {
  const lockfile = [
    "    resolution: {integrity: sha512-x, tarball: 'https://packages.example/a.tgz'}",
    '    deprecated: see https://packages.example/a',
    '    resolution: {integrity: sha512-y}',
  ]
  expect(findHosts(lockfile.join('\n'))).toEqual(['1: a host'])
})
