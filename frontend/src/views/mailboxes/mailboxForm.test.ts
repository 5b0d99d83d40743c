import { expect, test } from 'vitest'
import { EMPTY_FORM, settingsOf, withSecurity } from './mailboxForm'

test('a new mailbox reads from now on unless everything is asked for', () => {
  expect(settingsOf(EMPTY_FORM, true)).not.toHaveProperty('import_since')
  expect(settingsOf({ ...EMPTY_FORM, import_from: 'all' }, true).import_since).toBeNull()
})

test('a mailbox that exists is not asked again what to read', () => {
  expect(settingsOf({ ...EMPTY_FORM, import_from: 'all' }, false)).not.toHaveProperty(
    'import_since',
  )
})

test('an empty password is left out, so that the stored one stays', () => {
  const settings = settingsOf({ ...EMPTY_FORM, smtp_password: 'segredo' }, false)
  expect(settings).not.toHaveProperty('imap_password')
  expect(settings.smtp_password).toBe('segredo')
})

test('the port follows the encryption until somebody chose another one', () => {
  expect(withSecurity(EMPTY_FORM, 'imap', 'starttls').imap_port).toBe(143)
  expect(withSecurity({ ...EMPTY_FORM, imap_port: 1993 }, 'imap', 'starttls').imap_port).toBe(1993)
})
