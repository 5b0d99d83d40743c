import { expect, test } from 'vitest'
import { frameHeight, mailDocument } from './MailFrame'

test('the frame grows with long lines and pictures, up to a limit', () => {
  expect(frameHeight('Olá', 0)).toBe(160)
  expect(frameHeight('a'.repeat(900), 0)).toBe(frameHeight('a\n'.repeat(9), 0))
  expect(frameHeight('Olá', 1)).toBeGreaterThan(frameHeight('Olá', 0))
  expect(frameHeight('a\n'.repeat(5_000), 3)).toBe(640)
})

test('the page of a mail may load nothing from anywhere', () => {
  expect(mailDocument('<p>Olá</p>')).toContain("default-src 'none'")
})
