import { expect, test } from 'vitest'
import { plannedSteps, stepsLeft } from './testSteps'

const TLS = { imap_security: 'tls', smtp_security: 'tls' } as const
const PLAIN = { imap_security: 'none', smtp_security: 'none' } as const

test('encryption is tried where there is any, and a mail is exchanged only when asked for', () => {
  expect(plannedSteps(TLS, true)).toContain('tls_imap')
  expect(plannedSteps(TLS, true).at(-1)).toBe('receive_test')
  expect(plannedSteps(PLAIN, false)).not.toContain('tls_smtp')
  expect(plannedSteps(PLAIN, false).at(-1)).toBe('login_smtp')
})

test('before the answer everything is to come, after a success nothing', () => {
  const planned = plannedSteps(TLS, false)
  expect(stepsLeft(planned, [])).toEqual(planned)
  expect(stepsLeft(planned, [{ step: 'login_smtp', ok: true }])).toEqual([])
})

test('behind a failed step stands what was not tried', () => {
  const left = stepsLeft(plannedSteps(PLAIN, false), [{ step: 'login_imap', ok: false }])
  expect(left[0]).toBe('select_inbox')
  expect(left.at(-1)).toBe('login_smtp')
})
