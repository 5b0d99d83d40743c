import { expect, test } from 'vitest'
import { endOfLetters, letters } from './letters'

test('two forms of the same words have the same letters', () => {
  expect(letters('> Olá,\n> **Ana**!')).toBe(letters('Olá, Ana'))
  expect(letters('👍 ok.')).toBe('👍ok')
})

test('the end of the first letters is found in any text, long ones too', () => {
  expect(endOfLetters('Sim! > pode', 3)).toBe(3)
  expect(endOfLetters('a-b-c', 2)).toBe(3)
  expect(endOfLetters('ab', 5)).toBe(2)
  expect(endOfLetters(`${'x '.repeat(500_000)}fim`, 500_000)).toBe(999_999)
})
