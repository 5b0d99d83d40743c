import { expect, test } from 'vitest'
import { LATEST_MS, sendTimeProblem, sendTimes } from './sendTimes'

const ZONE = 'America/Sao_Paulo'
const shown = (now: string) =>
  sendTimes(Date.parse(now), ZONE).map(({ name, at }) => `${name} ${new Date(at).toISOString()}`)

test('tomorrow and Monday are at nine in the reader’s zone', () => {
  expect(shown('2026-11-24T15:00:00Z')).toEqual([
    'tomorrow 2026-11-25T12:00:00.000Z',
    'monday 2026-11-30T12:00:00.000Z',
  ])
})

test('late in the evening tomorrow is the day that begins here, not in London', () => {
  expect(shown('2026-11-25T01:30:00Z')[0]).toBe('tomorrow 2026-11-25T12:00:00.000Z')
})

test('on a Sunday tomorrow is Monday and offered once', () => {
  expect(shown('2026-11-29T15:00:00Z')).toEqual(['tomorrow 2026-11-30T12:00:00.000Z'])
})

test('on a Monday the Monday offered is the next one', () => {
  expect(shown('2026-11-30T11:00:00Z')[1]).toBe('monday 2026-12-07T12:00:00.000Z')
})

test.each([
  [null, 'missing'],
  [999, 'past'],
  [1_001, null],
  [1_001 + LATEST_MS, 'far'],
])('a moment at %s is %s', (at, problem) => {
  expect(sendTimeProblem(at, 1_000)).toBe(problem)
})
