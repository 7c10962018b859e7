import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { weigh } from './bundle.ts'

let dist: string

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'mayfly bundle '))
  mkdirSync(join(dist, 'assets'))
  writeFileSync(
    join(dist, 'index.html'),
    '<script type="module" crossorigin src="/assets/index-a.js"></script>',
  )
})

afterEach(() => rmSync(dist, { recursive: true }))

function put(file: string, code: string, bytes: number) {
  writeFileSync(join(dist, 'assets', file), code)
  writeFileSync(join(dist, 'assets', `${file}.gz`), 'x'.repeat(bytes))
}

const chat = { name: 'chat', chunks: ['page'], most: 1 }

test('a chunk weighs what it is sent as, with all that it imports at once, each file once', () => {
  put('index-a.js', 'import{a}from"./shared-b.js";b(()=>import(`./page-c.js`))', 1)
  put('shared-b.js', 'export{a}', 10)
  put('page-c.js', 'import"./deep-d.js";import{a}from`./shared-b.js`;import("./math-e.js")', 100)
  put('deep-d.js', 'import{a}from"./index-a.js"', 1_000)
  put('math-e.js', '', 10_000)
  expect(weigh(dist, chat)).toBe(1_111)
})

test('files of a build before are not taken for those of this one', () => {
  put('index-a.js', 'import("./page-new.js")', 1)
  put('page-new.js', '', 10)
  put('page-old.js', '', 100)
  expect(weigh(dist, chat)).toBe(11)
})

test('a chunk that nothing asks for is named', () => {
  put('index-a.js', '', 1)
  expect(() => weigh(dist, chat)).toThrow('a chunk named page')
})

test('what is lazy may not come with the rest', () => {
  put('index-a.js', 'import("./page-c.js")', 1)
  put('page-c.js', 'import{a}from"./math-e.js"', 1)
  put('math-e.js', '', 1)
  expect(() => weigh(dist, chat)).toThrow('math-e.js is no longer lazy')
})
