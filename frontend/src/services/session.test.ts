import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiProblem } from './problem'
import { Session } from './session'
import type { Me, SignedIn } from './types'

const ANA: Me = {
  id: 'u1',
  email: 'ana@example.com',
  name: 'Ana',
  role: 'agent',
  language: 'pt-BR',
  theme: 'system',
  time_zone: 'America/Sao_Paulo',
  permissions: [],
}

function answer(access: string, expires_in = 300): Response {
  const body: SignedIn = { access, expires_in, user: ANA }
  return Response.json(body)
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('ten callers at once make one request and all get the new token', async () => {
  const send = vi.fn(async () => answer('fresh'))
  const session = new Session(send)
  const results = await Promise.all(Array.from({ length: 10 }, () => session.refresh()))
  expect(results).toEqual(Array(10).fill(true))
  expect(send).toHaveBeenCalledTimes(1)
  expect(session.accessToken).toBe('fresh')
})

test('a refresh after the first has ended asks again', async () => {
  const send = vi.fn(async () => answer('fresh'))
  const session = new Session(send)
  await session.refresh()
  await session.refresh()
  expect(send).toHaveBeenCalledTimes(2)
})

test('the token is renewed a minute before it ends', async () => {
  const send = vi.fn(async () => answer('second'))
  const session = new Session(send)
  session.accept({ access: 'first', expires_in: 300, user: ANA })
  await vi.advanceTimersByTimeAsync(239_000)
  expect(session.accessToken).toBe('first')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(session.accessToken).toBe('second')
})

test('a refused refresh signs out and forgets the token', async () => {
  const session = new Session(async () => new Response(null, { status: 401 }))
  session.accept({ access: 'old', expires_in: 300, user: ANA })
  expect(await session.refresh()).toBe(false)
  expect(session.accessToken).toBeNull()
  expect(session.getState()).toEqual({ status: 'signed-out', user: null })
})

test('without a network the person stays signed in and the refresh fails loudly', async () => {
  const session = new Session(async () => {
    throw new TypeError('no network')
  })
  session.accept({ access: 'old', expires_in: 300, user: ANA })
  await expect(session.refresh()).rejects.toThrow(ApiProblem)
  expect(session.getState().status).toBe('signed-in')
})

test('a renewal ahead of time that finds nobody keeps the person signed in', async () => {
  const send = vi.fn(async () => {
    throw new TypeError('no network')
  })
  const session = new Session(send)
  session.accept({ access: 'old', expires_in: 300, user: ANA })
  await vi.advanceTimersByTimeAsync(300_000)
  expect(send).toHaveBeenCalledTimes(1)
  expect(session.getState().status).toBe('signed-in')
})

test('a wrong password is reported with the words of the desk', async () => {
  const session = new Session(async () =>
    Response.json(
      { title: 'Unauthorized', detail: 'E-mail or password is wrong.', code: 'wrong_credentials' },
      { status: 401 },
    ),
  )
  await expect(session.login('ana@example.com', 'x')).rejects.toMatchObject({
    status: 401,
    code: 'wrong_credentials',
  })
})
