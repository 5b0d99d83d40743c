import { expect, test } from 'vitest'
import { readMail } from './page'

const WORDS = { leadsTo: (host: string) => host }
const PICTURES = {
  inline: new Map(),
  remote: new Map(),
  words: { image: 'imagem', blocked: 'b', missing: 'm' },
}
const HTML =
  '<p>Sim</p><p>Em seg., Bruno escreveu:</p><img data-remote-src="https://x.test/1.png"><b>Boleto</b>'
const PARTS = { text: 'Sim\nEm seg., Bruno escreveu:\nBoleto', fresh: 'Sim', forwarded: '' }

test('the new words of a mail are judged without what they quote', () => {
  const page = readMail(HTML, PARTS, 'fresh')
  expect(page).toMatchObject({ formatted: false, shortened: true, remote: [] })
  expect(page.draw(PICTURES, WORDS, false)).toBe('<p>Sim</p>')
})

test('the whole mail has all its images and is drawn anew each time', () => {
  const page = readMail(HTML, PARTS, 'all')
  expect(page).toMatchObject({ formatted: true, shortened: false, remote: [0] })
  const remote = new Map([[0, { data: 'data:image/png;base64,AA' }]])
  expect(page.draw(PICTURES, WORDS, false)).toContain('data-image="blocked"')
  expect(page.draw({ ...PICTURES, remote }, WORDS, false)).toContain('src="data:image/png')
})

test('paragraphs of Word have no margins where empty ones make the room', () => {
  const letter = readMail('<p>Prezados,</p><p>&nbsp;</p><p>Oi</p>', PARTS, 'all')
  expect(letter.draw(PICTURES, WORDS, false)).toContain('<div data-tight>')
  const other = readMail('<p>Prezados,</p><p>Oi</p>', PARTS, 'all')
  expect(other.draw(PICTURES, WORDS, false)).not.toContain('data-tight')
})
