import { expect, test } from 'vitest'
import type { Discovered } from '../../services/types'
import {
  bytesOf,
  EMPTY_FORM,
  megabytes,
  settingsOf,
  testOf,
  withOnePassword,
  withProposal,
  withSecurity,
} from './mailboxForm'

const FOUND: Discovered = {
  provider: 'google',
  source: 'table',
  imap: { host: 'imap.gmail.com', port: 993, security: 'tls', username: '' },
  smtp: { host: 'smtp.gmail.com', port: 587, security: 'starttls', username: 'ana' },
  sign_in: ['google', 'password'],
  advice_code: 'app_password',
}

test('what is imported is told once, with a date only where one was chosen', () => {
  expect(settingsOf(EMPTY_FORM)).not.toHaveProperty('import')
  expect(settingsOf(EMPTY_FORM, { mode: 'now', since: '2026-01-01' }).import).toEqual({
    mode: 'now',
  })
  expect(settingsOf(EMPTY_FORM, { mode: 'since', since: '2026-01-01' }).import).toEqual({
    mode: 'since',
    since: '2026-01-01',
  })
})

test('an empty password or sign-in is left out, so that the stored one stays', () => {
  const settings = settingsOf({ ...EMPTY_FORM, smtp_password: 'segredo' })
  expect(settings).not.toHaveProperty('imap_password')
  expect(settings).not.toHaveProperty('oauth_request')
  expect(settings.smtp_password).toBe('segredo')
})

test('the port follows the encryption until somebody chose another one', () => {
  expect(withSecurity(EMPTY_FORM, 'imap', 'starttls').imap_port).toBe(143)
  expect(withSecurity({ ...EMPTY_FORM, imap_port: 1993 }, 'imap', 'starttls').imap_port).toBe(1993)
})

test('servers that were found fill the form; the address is the user name where none is told', () => {
  const form = withProposal({ ...EMPTY_FORM, address: 'ana@example.com' }, FOUND)
  expect(form).toMatchObject({
    imap_host: 'imap.gmail.com',
    imap_username: 'ana@example.com',
    smtp_port: 587,
    smtp_security: 'starttls',
    smtp_username: 'ana',
    sign_in: 'password',
  })
})

test('one password opens both servers unless sending has its own', () => {
  expect(withOnePassword({ ...EMPTY_FORM, imap_password: 'a' }).smtp_password).toBe('a')
  const own = withOnePassword({ ...EMPTY_FORM, imap_password: 'a', smtp_password: 'b' })
  expect(own.smtp_password).toBe('b')
})

test('a test may send a mail to itself', () => {
  expect(testOf(EMPTY_FORM, true).exchange).toBe(true)
})

test('sizes are typed in megabytes, and nothing means the usual', () => {
  expect(bytesOf('')).toBeNull()
  expect(bytesOf(25)).toBe(26_214_400)
  expect(megabytes(26_214_400)).toBe(25)
  expect(megabytes(null)).toBe('')
})
