import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import type { TraceStep } from '../../services/types'
import { gap, stepWords } from './stepWords'

beforeAll(() => startI18n('en'))

const at = '2026-11-23T12:00:00Z'
const said = (kind: string, data: TraceStep['data'], direction: 'in' | 'out' = 'in') =>
  stepWords({ at, kind, data }, direction, i18next.t)

test('every kind of step has words in the catalogue', () => {
  const kinds = [
    'on_server', 'seen', 'stored', 'taken', 'not_understood', 'parsed', 'matched', 'ticket_opened',
    'reply_added', 'bounce', 'automatic', 'spam', 'own_mail', 'duplicate_of', 'quarantined',
    'acknowledged', 'not_acknowledged', 'written', 'held', 'queued', 'attempt', 'recipient',
    'sent', 'sent_copy', 'bounced_back', 'receipt', 'decided',
  ] // biome-ignore format: a list of names
  expect(kinds.filter((kind) => !i18next.exists(`ledger:step.${kind}`))).toEqual([])
})

test('an attempt says its number, how it ended and the words of the server', () => {
  const words = said('attempt', {
    number: 2,
    outcome: 'deferred',
    phase: 'rcpt',
    server: 'smtp.example.com:587',
    code: 451,
    text: '4.7.1 come back later',
  })
  expect(words.title).toBe('Attempt 2: deferred')
  expect(words.said).toBe('451 4.7.1 come back later')
  expect(words.lines[0]).toBe('smtp.example.com:587')
  expect(words.tone).toBe('warn')
})

test('a bounce that came back about our mail leads to the mail that told it', () => {
  const words = said('bounce', { inbound: 'abc', reason: '5.1.1 failed ana@example.com' }, 'out')
  expect(words.tone).toBe('problem')
  expect(words.mail).toEqual({ direction: 'inbound', id: 'abc' })
  expect(words.lines).toEqual(['Delivery to ana@example.com failed (5.1.1)'])
})

test('a kind and a reason nobody translated are shown as the desk gave them', () => {
  expect(said('moonrise', { reason: 'the moon was full' })).toMatchObject({
    title: 'moonrise',
    lines: ['the moon was full'],
  })
})

test.each([
  [0.4, 's', 0],
  [61, 's', 61],
  [300, 'min', 5],
  [9000, 'h', 3],
  [400_000, 'd', 5],
])('%d seconds between steps are said in %s', (seconds, unit, count) => {
  const later = new Date(Date.parse(at) + seconds * 1000).toISOString()
  expect(gap(at, later)).toEqual({ unit, count })
})

test('a hold that is over was a time to undo when it was short, else a later moment', () => {
  const line = (until: string) => said('held', { until }, 'out').lines
  expect(line('2026-11-23T12:00:15Z')).toEqual(['It could still be taken back'])
  expect(line('2026-11-24T12:00:00Z')).toEqual(['It was meant for a later moment'])
  expect(said('held', { reason: 'customer_wrote' }, 'out').lines).toEqual([
    'The customer wrote first: a person decides',
  ])
})

test('however an attempt ended, there are words for it', () => {
  const outcomes = ['sent', 'accepted', 'deferred', 'failed', 'uncertain']
  expect(outcomes.filter((one) => !i18next.exists(`ledger:recipient.${one}`))).toEqual([])
})
