import type { AccountResult, Person } from '@mayfly/contracts'
import { createSignal } from 'solid-js'
import { render } from 'solid-js/web'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AccountSection } from './account.tsx'

const server = vi.hoisted(() => ({
  changeName: vi.fn<(input: { username: string }) => Promise<AccountResult>>(),
  changePassword: vi.fn<(input: { current?: string; next: string }) => Promise<AccountResult>>(),
}))
vi.mock('../client.ts', () => ({
  client: { changeName: { mutate: server.changeName }, changePassword: { mutate: server.changePassword } },
}))

const gate = vi.hoisted(() => ({ person: (): Person | null => null, keepPerson: (_: Person) => {} }))
vi.mock('../session.ts', () => ({
  person: () => gate.person(),
  keepPerson: (person: Person) => gate.keepPerson(person),
  askToSignInAgain: () => {},
}))

const newcomer: Person = { id: '1', name: 'owner', role: 'owner', hasPassword: false }
const ada: Person = { ...newcomer, name: 'ada', hasPassword: true }

let dispose = () => {}

function show(person: Person) {
  const [now, set] = createSignal(person)
  gate.person = now
  gate.keepPerson = set
  dispose = render(() => <AccountSection />, document.body)
}

beforeEach(() => {
  vi.resetAllMocks()
})

afterEach(() => dispose())

function labelled(label: string): HTMLInputElement | null {
  const found = [...document.querySelectorAll('label')].find(({ textContent }) => textContent === label)
  return found?.control instanceof HTMLInputElement ? found.control : null
}
const type = (label: string, text: string) => {
  const field = labelled(label)
  if (!field) throw new Error(`no field ${label}`)
  field.value = text
}
const press = async (name: string, words: string) => {
  ;[...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)?.click()
  await vi.waitFor(() => expect(document.body.textContent).toContain(words))
}

describe('the account', () => {
  test('takes another name and says so', async () => {
    server.changeName.mockResolvedValue({ ok: true, person: { ...ada, name: 'Ada' } })
    show(ada)
    type('Username', 'Ada')
    await press('Change name', 'Your name is changed.')
    expect(document.querySelector('strong')?.textContent).toBe('Ada')
  })

  test('keeps the typed name where it is taken', async () => {
    server.changeName.mockResolvedValue({ ok: false, problem: 'name-taken' })
    show(ada)
    type('Username', 'bob')
    await press('Change name', 'That username is taken.')
    expect(labelled('Username')?.value).toBe('bob')
    expect(labelled('Username')?.ariaInvalid).toBe('true')
  })

  test('takes a first password without a current one, and asks for it from then on', async () => {
    server.changePassword.mockResolvedValue({ ok: true, person: { ...newcomer, hasPassword: true } })
    show(newcomer)
    expect(labelled('Current password')).toBeNull()
    expect(document.activeElement).toBe(labelled('Username'))
    type('New password', 'a sentence works')
    await press('Change password', 'Your password is changed.')
    expect(server.changePassword).toHaveBeenCalledWith({ next: 'a sentence works' })
    expect(labelled('Current password')).not.toBeNull()
    expect(labelled('New password')?.value).toBe('')
  })

  test('says that the current password is missing, or is another one', async () => {
    server.changePassword.mockResolvedValue({ ok: false, problem: 'wrong-credentials' })
    show(ada)
    type('New password', 'a sentence works')
    await press('Change password', 'Type your current password.')
    expect(server.changePassword).not.toHaveBeenCalled()
    type('Current password', 'not mine')
    await press('Change password', 'That is not your current password.')
    expect(document.activeElement).toBe(labelled('Current password'))
    expect(labelled('New password')?.value).toBe('a sentence works')
  })
})
