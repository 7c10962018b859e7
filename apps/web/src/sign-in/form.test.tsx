import type { AccountResult } from '@mayfly/contracts'
import { failureOf } from '@mayfly/contracts'
import { render } from 'solid-js/web'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SignInForm } from './form.tsx'

type Typed = { username: string; password: string }

const server = vi.hoisted(() => ({
  signIn: vi.fn<(typed: Typed) => Promise<AccountResult>>(),
  signUp: vi.fn<(typed: Typed) => Promise<AccountResult>>(),
}))
const gate = vi.hoisted(() => ({
  enter: vi.fn<() => Promise<null>>(),
  refresh: vi.fn<() => Promise<null>>(),
  askToSignInAgain: vi.fn<() => void>(),
}))

vi.mock('../client.ts', () => ({
  client: { signIn: { mutate: server.signIn }, signUp: { mutate: server.signUp } },
}))
vi.mock('../session.ts', () => gate)
vi.mock(import('@mayfly/contracts'), async (original) => ({
  ...(await original()),
  failureOf: vi.fn<typeof failureOf>(),
}))

const person = { id: '1', name: 'ada', role: 'owner', hasPassword: true } as const

let dispose = () => {}

beforeEach(() => {
  vi.resetAllMocks()
  server.signIn.mockResolvedValue({ ok: true, person })
  server.signUp.mockResolvedValue({ ok: true, person })
  gate.enter.mockResolvedValue(null)
  gate.refresh.mockResolvedValue(null)
})

afterEach(() => {
  dispose()
  vi.useRealTimers()
})

function show(props: Parameters<typeof SignInForm>[0] = {}) {
  dispose = render(() => <SignInForm {...props} />, document.body)
}

function labelled(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('label')].find(({ textContent }) => textContent === label)
  if (!(found?.control instanceof HTMLInputElement)) throw new Error(`no field ${label}`)
  return found.control
}
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((one) => (one.ariaLabel ?? one.textContent) === name)
const alert = () => document.querySelector('[role=alert]')

const type = ({ username, password }: Typed) => {
  labelled('Username').value = username
  labelled('Password').value = password
}
const press = async (name: string) => {
  button(name)?.click()
  await vi.waitFor(() => expect(alert() ?? gate.enter.mock.calls[0]).toBeTruthy())
}

const typed = { username: 'ada', password: 'as long as a sentence' }

describe('the sign-in form', () => {
  test('signs in with what was typed and lets the page in', async () => {
    show()
    type(typed)
    await press('Sign in')
    expect(server.signIn).toHaveBeenCalledWith(typed)
    expect(gate.enter).toHaveBeenCalledOnce()
    expect(button('Create account')).toBeUndefined()
  })

  test('creates an account beside signing in', async () => {
    show({ create: 'beside' })
    type(typed)
    await press('Create account')
    expect(server.signUp).toHaveBeenCalledWith(typed)
    expect(server.signIn).not.toHaveBeenCalled()
  })

  test('creates the owner where nobody can sign in yet', async () => {
    show({ create: 'only' })
    expect(button('Sign in')).toBeUndefined()
    type(typed)
    await press('Create account')
    expect(server.signUp).toHaveBeenCalledWith(typed)
  })

  test('begins at the username, or at the password where the name is known', () => {
    show()
    expect(document.activeElement).toBe(labelled('Username'))
    dispose()
    show({ username: 'ada' })
    expect(labelled('Username').value).toBe('ada')
    expect(document.activeElement).toBe(labelled('Password'))
  })

  test('shows what is typed only when asked to', () => {
    show()
    expect(labelled('Password').type).toBe('password')
    button('Show what is typed')?.click()
    expect(labelled('Password').type).toBe('text')
    expect(button('Show what is typed')?.ariaPressed).toBe('true')
  })

  test.each([
    ['wrong-credentials', 'Password', 'That username and password do not match.'],
    ['name-taken', 'Username', 'That username is taken.'],
    ['password-common', 'Password', 'Many people use that password'],
  ] as const)(
    'says %s at the field that is to be mended, and keeps what was typed',
    async (problem, field, words) => {
      server.signIn.mockResolvedValue({ ok: false, problem })
      show()
      type(typed)
      await press('Sign in')
      expect(alert()?.textContent).toContain(words)
      expect(labelled(field).ariaInvalid).toBe('true')
      expect(labelled(field).getAttribute('aria-describedby')).toBe(alert()?.id)
      expect(document.activeElement).toBe(labelled(field))
      expect(labelled('Username').value).toBe(typed.username)
      expect(labelled('Password').value).toBe(typed.password)
      expect(gate.enter).not.toHaveBeenCalled()
    },
  )

  test.each([
    [{ username: ' ', password: 'x' }, 'Username'],
    [{ username: 'a\u200Bda', password: 'x' }, 'Username'],
    [{ username: 'ada', password: '' }, 'Password'],
    [{ username: 'ada', password: 'x'.repeat(257) }, 'Password'],
  ])('asks the server nothing while %o can not be right', async (mistaken, field) => {
    show()
    type(mistaken)
    await press('Sign in')
    expect(document.activeElement).toBe(labelled(field))
    expect(server.signIn).not.toHaveBeenCalled()
  })

  test('looks anew what the server allows when new accounts turn out to be closed', async () => {
    server.signUp.mockResolvedValue({ ok: false, problem: 'sign-up-closed' })
    show({ create: 'only' })
    type(typed)
    await press('Create account')
    expect(alert()?.textContent).toContain('New accounts are not open here.')
    expect(gate.refresh).toHaveBeenCalledOnce()
  })

  test.each([
    [{ kind: 'network' }, 'The server does not answer. What you typed is kept.'],
    [{ kind: 'rate-limited', retryAfterMs: 29_500 }, 'Too many tries. Try again in 30 s.'],
    [{ kind: 'unexpected' }, 'The server could not do that. What you typed is kept.'],
  ] as const)('says %o in words and keeps what was typed', async (failure, words) => {
    server.signIn.mockRejectedValue(new Error('refused'))
    vi.mocked(failureOf).mockReturnValue(failure)
    show()
    type(typed)
    await press('Sign in')
    expect(alert()?.textContent).toBe(words)
    expect(labelled('Password').value).toBe(typed.password)
  })

  test('sends once however often it is pressed meanwhile', async () => {
    let settle = (_: AccountResult) => {}
    server.signIn.mockReturnValue(new Promise((resolve) => (settle = resolve)))
    show()
    type(typed)
    button('Sign in')?.click()
    button('Sign in')?.click()
    settle({ ok: true, person })
    await vi.waitFor(() => expect(gate.enter).toHaveBeenCalled())
    expect(server.signIn).toHaveBeenCalledOnce()
  })
})
