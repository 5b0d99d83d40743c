import { expect, test } from 'vitest'
import { fileSize } from './fileSize'

test.each([
  [0, 'en', '0 kB'],
  [370, 'en', '0.4 kB'],
  [2_400, 'en', '2 kB'],
  [1_440_000, 'en', '1.4 MB'],
  [1_440_000, 'pt-BR', '1,4 MB'],
  [5_000_000_000, 'en', '5 GB'],
])('%i bytes in %s are %s', (bytes, language, text) => {
  expect(fileSize(bytes, language).replace(/\s/g, ' ')).toBe(text)
})
