import { expect, test } from 'vitest'
import type { Delivery } from '../../../services/types'
import { adviceOf, gotBy, refusedOf } from './smtpAdvice'

test.each([
  ['unknown_recipient', '5.1.1 User unknown', 'unknown_recipient'],
  ['unknown_recipient', '5.1.2 Host unknown', 'unknown_domain'],
  ['unknown_recipient', '5.2.1 mailbox disabled', 'disabled'],
  ['refused_by_policy', '5.7.26 Unauthenticated email is not accepted', 'unproven'],
  ['refused_by_policy', '5.7.1 Client host blocked using zen.spamhaus.org', 'blocked'],
  ['refused_by_policy', '5.7.1 Not today', 'refused_by_policy'],
  ['refused', 'No such user here', 'unknown_recipient'],
  ['busy', '4.2.0 Greylisted, see example.org', 'greylisted'],
  ['busy', '4.3.2 Concurrent connections limit exceeded', 'throttled'],
  ['mailbox_full', '5.2.2 over quota', 'mailbox_full'],
  ['', 'whatever', null],
] as [Delivery['last_error_code'], string, string | null][])(
  '%s with "%s" means %s',
  (code, words, advice) => {
    expect(adviceOf({ last_error_code: code, last_error: words })).toBe(advice)
  },
)

test('who has not got the mail is told apart from who has', () => {
  const recipients = [
    { address: 'a@example.com', state: 'accepted', code: 250, text: 'ok' },
    { address: 'b@example.com', state: 'failed', code: 550, text: 'unknown' },
    { address: 'c@example.com', state: 'pending', code: null, text: '' },
  ] as unknown as Delivery['recipients']
  expect(refusedOf({ recipients }).map(({ address }) => address)).toEqual(['b@example.com'])
  expect(gotBy({ recipients })).toEqual(['a@example.com'])
})
