import { afterEach, expect, test } from 'vitest'
import { EMPTY_FORM } from '../mailboxForm'
import { dropSetup, EMPTY_SETUP, keepSetup, readSetup } from './wizardStore'

afterEach(dropSetup)

test('what was told survives a reload, a password does not', () => {
  const form = { ...EMPTY_FORM, address: 'ana@example.com', imap_password: 'segredo' }
  keepSetup({ ...EMPTY_SETUP, form })
  expect(readSetup().form.address).toBe('ana@example.com')
  expect(readSetup().form.imap_password).toBe('')
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('segredo')
})

test('nothing told, or something unreadable, begins anew', () => {
  expect(readSetup()).toEqual(EMPTY_SETUP)
  sessionStorage.setItem('desk-mailbox-setup', '{half')
  expect(readSetup()).toEqual(EMPTY_SETUP)
})
