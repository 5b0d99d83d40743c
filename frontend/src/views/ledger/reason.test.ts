import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import { reasonWords } from './reason'

beforeAll(() => startI18n('en'))

test.each([
  ['no known conversation', 'new', {}],
  ['#1042 was closed more than 30 days ago', 'closed', { number: '1042', days: '30' }],
  ['Same bytes as UID 7.', 'sameBytes', { uid: '7' }],
  [
    'auto_reply: Auto-Submitted: auto-replied',
    'automatic',
    { sign: 'Auto-Submitted: auto-replied' },
  ],
  ['spam: X-Spam-Flag: YES', 'spam', { sign: 'X-Spam-Flag: YES' }],
  ['The same mail arrived at vendas@example.com.', 'elsewhere', { place: 'vendas@example.com' }],
  ['answered by mail', 'byMail', {}],
  ['5.1.1 failed nobody@example.com', 'bounced', { code: '5.1.1', address: 'nobody@example.com' }],
])('the reason "%s" has words of its own', (reason, key, values) => {
  expect(reasonWords(reason)).toEqual({ key, values })
  expect(i18next.exists(`ledger:reasons.${key}`)).toBe(true)
})

test('a reason nobody translated is shown as the desk gave it', () => {
  expect(reasonWords('the moon was full')).toBeNull()
})
