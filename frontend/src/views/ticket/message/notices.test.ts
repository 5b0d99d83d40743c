import { expect, test } from 'vitest'
import { isQuiet, noticesOf } from './notices'

const MAIL = { flags: [], signed: null, encrypted: null, text: 'Olá', attachments: [] }

test('a warning stands before seals and small print', () => {
  const notices = noticesOf({ ...MAIL, flags: ['written_down', 'auth_failed'], signed: 'smime' })
  expect(notices.map(({ key, tone }) => [key, tone])).toEqual([
    ['auth_failed', 'warn'],
    ['signed', 'seal'],
    ['written_down', 'plain'],
  ])
})

test('an encrypted mail without words is a warning, one with words a seal', () => {
  expect(noticesOf({ ...MAIL, text: ' ', encrypted: 'pgp' })).toMatchObject([
    { key: 'encrypted', tone: 'warn', values: { kind: 'PGP' } },
  ])
  expect(noticesOf({ ...MAIL, encrypted: 'pgp' })).toMatchObject([{ key: 'encryptedPart' }])
})

test('a reply held for a decision has no badge beside its own banner', () => {
  expect(noticesOf({ ...MAIL, flags: ['another_address'] })).toEqual([])
})

test('what machines wrote is quiet', () => {
  expect(isQuiet({ flags: ['acknowledgement'] })).toBe(true)
  expect(isQuiet({ flags: ['auth_failed'] })).toBe(false)
})
