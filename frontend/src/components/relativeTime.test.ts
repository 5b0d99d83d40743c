import { expect, test } from 'vitest'
import { fullTime, relativeTime, shortTime } from './relativeTime'

const NOW = Date.parse('2026-11-23T15:00:00Z')
const BRAZIL = { language: 'pt-BR', timeZone: 'America/Sao_Paulo' }
const ENGLISH = { language: 'en', timeZone: 'Europe/London' }

test.each([
  [0, { unit: 'now' }],
  [59, { unit: 'now' }],
  [60, { unit: 'minutes', count: 1 }],
  [3_599, { unit: 'minutes', count: 59 }],
  [3_600, { unit: 'hours', count: 1 }],
  [86_399, { unit: 'hours', count: 23 }],
])('%i seconds ago is told as %o', (seconds, expected) => {
  expect(relativeTime(NOW - seconds * 1000, NOW, BRAZIL)).toEqual(expected)
})

test('from one day on the date is shown, with the year when it is another one', () => {
  const twoDays = NOW - 2 * 86_400_000
  expect(relativeTime(twoDays, NOW, BRAZIL)).toEqual({ unit: 'date', text: '21 nov' })
  expect(relativeTime(twoDays, NOW, ENGLISH)).toEqual({ unit: 'date', text: 'Nov 21' })
  const lastYear = Date.parse('2025-03-02T12:00:00Z')
  expect(relativeTime(lastYear, NOW, BRAZIL)).toEqual({ unit: 'date', text: '2 mar 2025' })
})

test('a clock that is behind the server never shows the future', () => {
  expect(relativeTime(NOW + 90_000, NOW, BRAZIL)).toEqual({ unit: 'now' })
})

test('hours are shown in the reader’s zone on a clock of 24 hours', () => {
  expect(shortTime(Date.parse('2026-11-23T14:05:00Z'), NOW, BRAZIL)).toBe('11:05')
  expect(shortTime(Date.parse('2026-11-23T00:30:00Z'), NOW, ENGLISH)).toBe('00:30')
  expect(shortTime(Date.parse('2026-11-21T14:05:00Z'), NOW, BRAZIL)).toBe('21 nov, 11:05')
})

test('the tooltip says the whole local time and its zone', () => {
  const text = fullTime(Date.parse('2026-11-23T14:05:09Z'), BRAZIL)
  expect(text).toContain('23 de novembro de 2026')
  expect(text).toContain('11:05:09')
})
