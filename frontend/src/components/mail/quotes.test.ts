import { expect, test } from 'vitest'
import { markQuoted, onlyForwarded, type Parts, withoutQuoted } from './quotes'

function page(html: string): Document {
  return new DOMParser().parseFromString(html, 'text/html')
}

function fresh(html: string, parts: Partial<Parts>): string {
  const document = page(html)
  const parted = markQuoted(document, { text: '', fresh: '', forwarded: '', ...parts })
  if (parted) withoutQuoted(document)
  return document.body.innerHTML
}

test('what stands after the new words goes, whatever it is wrapped in', () => {
  const html =
    '<div>Sim, <b>pode</b>!</div><br><div><div>Em seg., Bruno escreveu:</div><p>Boleto</p></div>'
  const text = 'Sim, pode!\n\nEm seg., Bruno escreveu:\n\n> Boleto'
  expect(fresh(html, { text, fresh: 'Sim, pode!' })).toBe('<div>Sim, <b>pode</b>!</div>')
})

test('a picture between the new words and the quotation stays', () => {
  const html = '<p>Veja</p><img alt="foto"><hr><p>De: Bruno</p><p>Boleto</p>'
  expect(fresh(html, { text: 'Veja\nDe: Bruno\nBoleto', fresh: 'Veja' })).toBe(
    '<p>Veja</p><img alt="foto">',
  )
})

test('plain text that names link targets still says where the quotation begins', () => {
  const html =
    '<p>Veja <a href="https://a.test/x">aqui</a></p><p>Em seg., Bruno escreveu:</p>Boleto'
  const text = 'Veja aqui <https://a.test/x>\n\nEm seg., Bruno escreveu:\nBoleto'
  expect(fresh(html, { text, fresh: 'Veja aqui <https://a.test/x>' })).toBe(
    '<p>Veja <a href="https://a.test/x">aqui</a></p>',
  )
})

test('an answer below its quotation keeps the answer', () => {
  const html = '<blockquote>Quando chega?</blockquote><p>Amanhã.</p>'
  expect(fresh(html, { text: '> Quando chega?\nAmanhã.', fresh: 'Amanhã.' })).toBe('<p>Amanhã.</p>')
})

test('answers between the lines keep the lines they answer', () => {
  const html =
    '<blockquote>Quando chega?</blockquote><p>Amanhã.</p><blockquote>E se chover?</blockquote>'
  const text = '> Quando chega?\nAmanhã.\n> E se chover?'
  expect(fresh(html, { text, fresh: '> Quando chega?\nAmanhã.' })).toBe(
    '<blockquote>Quando chega?</blockquote><p>Amanhã.</p>',
  )
})

test('a mail that is nothing but a quotation is shown whole', () => {
  const html = '<blockquote>Quando chega?</blockquote>'
  expect(fresh(html, { text: 'x', fresh: '' })).toBe(html)
})

test('a page cut in the middle of a line is left whole', () => {
  const html = '<p>Sim, pode Em seg. Bruno escreveu</p>'
  expect(fresh(html, { text: 'Sim, pode Em seg. Bruno escreveu', fresh: 'Sim, pode' })).toBe(html)
})

test('preformatted text is cut between its lines', () => {
  const html = '<pre>Sim!\n\n&gt; pode?</pre>'
  expect(fresh(html, { text: 'Sim!\n\n> pode?', fresh: 'Sim!' })).toBe('<pre>Sim!\n</pre>')
})

test('the mail forwarded inside is found without its block of sender and date', () => {
  const document = page(
    '<p>Podem ver?</p><div>--- Forwarded ---<br>De: Bruno</div><div><p>Bom dia, <b>venceu</b></p><p>Bruno</p></div>',
  )
  expect(onlyForwarded(document, 'Bom dia, venceu\n\nBruno')).toBe(true)
  expect(document.body.innerHTML).toBe('<div><p>Bom dia, <b>venceu</b></p><p>Bruno</p></div>')
})

test('a forwarded mail that the markup does not hold is not looked for', () => {
  const document = page('<p>Outra coisa</p>')
  expect(onlyForwarded(document, 'Bom dia')).toBe(false)
  expect(document.body.textContent).toBe('Outra coisa')
})
