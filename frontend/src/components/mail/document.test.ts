import { expect, test } from 'vitest'
import { deskPaper, mailDocument } from './document'

test('the page of a mail may load nothing from anywhere', () => {
  const page = mailDocument('<p>Olá</p>', deskPaper(false))
  expect(page).toContain("default-src 'none'")
  expect(page).toContain('<body><p>Olá</p></body>')
})

test('the page follows the theme', () => {
  expect(mailDocument('', deskPaper(true))).toContain('color-scheme:dark')
  expect(mailDocument('', deskPaper(false))).toContain('color-scheme:light')
})
