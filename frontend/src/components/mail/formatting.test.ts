import { expect, test } from 'vitest'
import { isFormatted } from './formatting'

function formatted(html: string): boolean {
  return isFormatted(new DOMParser().parseFromString(html, 'text/html'))
}

test.each([
  ['words as a person types them', '<div dir="ltr">Bom dia,<br>onde está?</div>'],
  [
    'words in the one colour of a mail program',
    '<p><span style="font-size:11pt;color:rgb(31, 73, 125)">Bom dia</span></p><p><span style="color:rgb(31, 73, 125)">Ana</span></p>',
  ],
  ['a table that only holds the mail in place', '<table><tr><td>Bom dia</td></tr></table>'],
  ['a picture that counts readers', '<p>Oi</p><img data-remote="0" width="1" height="1">'],
  ['a link that is its own name', '<a href="https://a.test/x">https://a.test/x</a>'],
  ['grey small print', '<p>Oi</p><p style="color:rgb(120, 120, 120)">aviso</p>'],
])('%s: the text says it all', (_, html) => {
  expect(formatted(html)).toBe(false)
})

test.each([
  ['a picture', '<p>Oi</p><img data-remote="0">'],
  ['bold words', '<p>não <b>cancele</b></p>'],
  ['words bold by style', '<p>não <span style="font-weight:700">cancele</span></p>'],
  ['a list', '<ol><li>um</li></ol>'],
  ['a table of facts', '<table><tr><td>Item</td><td>Preço</td></tr></table>'],
  ['a named link', '<a href="https://a.test/x">Pagar</a>'],
  ['answers in red', '<p>Quando?</p><p style="color:red">Amanhã</p>'],
  ['marked words', '<p>Oi <span style="background-color:yellow">isto</span></p>'],
])('%s: the text would lose something', (_, html) => {
  expect(formatted(html)).toBe(true)
})
