import { expect, test } from 'vitest'
import { restingPlace } from './useThreadScroll'

const BOX = { scrollHeight: 3000, clientHeight: 600 }

test('a conversation opens at its end', () => {
  expect(restingPlace(BOX, { top: 2700, height: 280 })).toBe(2400)
  expect(restingPlace({ scrollHeight: 400, clientHeight: 600 }, null)).toBe(0)
})

test('a last mail that does not fit opens at its beginning', () => {
  expect(restingPlace(BOX, { top: 1000, height: 1980 })).toBe(990)
  expect(restingPlace(BOX, { top: 0, height: 2980 })).toBe(0)
})
