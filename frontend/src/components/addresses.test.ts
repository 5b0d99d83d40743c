import { expect, test } from 'vitest'
import { isAddress, splitAddresses } from './addresses'

test('pasted recipients come apart into their addresses', () => {
  expect(splitAddresses('Ana Prado <ana@x.com>, bia@x.com; caio@x.com\n')).toEqual([
    'ana@x.com',
    'bia@x.com',
    'caio@x.com',
  ])
})

test.each(['ana@x.com', 'a.b+c@sub.exemplo.com.br', 'josé@exemplo.com.br'])(
  '%s is an address',
  (text) => {
    expect(isAddress(text)).toBe(true)
  },
)

test.each(['ana', 'ana@', '@x.com', 'ana@x', 'ana x@y.com', 'ana@x.com.'])(
  '%s is not an address',
  (text) => {
    expect(isAddress(text)).toBe(false)
  },
)
