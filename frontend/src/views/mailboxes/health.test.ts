import { expect, test } from 'vitest'
import type { Mailbox } from '../../services/types'
import { conditionOf, isInTrouble, sendingOf, worstFirst } from './health'

const mailbox = (part: Partial<Mailbox>) =>
  ({
    name: 'Suporte',
    address: 'suporte@example.com',
    state: 'active',
    health: 'ok',
    last_ok_at: '2026-11-24T12:00:00Z',
    lag_seconds: 2,
    oldest_unfetched_at: null,
    sending_stopped: false,
    sending_held_code: '',
    grant: null,
    ...part,
  }) as Mailbox

test('a mailbox that is read on time is fine and nobody is bothered', () => {
  expect(conditionOf(mailbox({})).name).toBe('ok')
  expect(isInTrouble(mailbox({}))).toBe(false)
})

test.each([
  [{ state: 'error' }, 'failing', 'problem'],
  [{ state: 'error', last_ok_at: null }, 'failed', 'problem'],
  [{ state: 'paused' }, 'paused', 'quiet'],
  [{ last_ok_at: null }, 'starting', 'warn'],
  [{ lag_seconds: 301 }, 'late', 'warn'],
  [{ health: 'waiting' }, 'late', 'warn'],
] as [Partial<Mailbox>, string, string][])('%o is %s', (part, name, tone) => {
  expect(conditionOf(mailbox(part))).toMatchObject({ name, tone })
})

test('what a person stopped is told before what the desk holds back', () => {
  expect(sendingOf(mailbox({ sending_stopped: true, sending_held_code: 'x' }))).toBe('stopped')
  expect(sendingOf(mailbox({ sending_held_code: 'smtp_login_failed' }))).toBe('held')
  expect(sendingOf(mailbox({}))).toBeNull()
})

test('a withdrawn sign-in is trouble although the last reading went well', () => {
  expect(isInTrouble(mailbox({ grant: { state: 'revoked' } as Mailbox['grant'] }))).toBe(true)
})

test('the worst comes first, a paused one last, equals by name', () => {
  const names = worstFirst([
    mailbox({ name: 'Zeta' }),
    mailbox({ name: 'Pausada', state: 'paused' }),
    mailbox({ name: 'Alfa' }),
    mailbox({ name: 'Parada', sending_stopped: true }),
    mailbox({ name: 'Atrasada', lag_seconds: 900 }),
    mailbox({ name: 'Falha', state: 'error' }),
  ]).map(({ name }) => name)
  expect(names).toEqual(['Falha', 'Atrasada', 'Parada', 'Alfa', 'Zeta', 'Pausada'])
})
