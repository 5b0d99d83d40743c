import { expect, test } from 'vitest'
import {
  contentKey,
  inlineImages,
  numberRemoteImages,
  type Pictures,
  placeImages,
  remoteImages,
} from './images'

const WORDS = { image: 'imagem', blocked: 'não carregada', missing: 'não veio com o e-mail' }

function page(html: string): Document {
  const document = new DOMParser().parseFromString(html, 'text/html')
  numberRemoteImages(document)
  return document
}

function placed(html: string, pictures: Partial<Pictures>): string {
  const document = page(html)
  placeImages(document, { inline: new Map(), remote: new Map(), words: WORDS, ...pictures })
  return document.body.innerHTML
}

test('images on foreign servers are numbered as the desk numbers them, tiny ones are not offered', () => {
  const html =
    '<img data-remote-src="https://x.test/p.png"><p>&lt;img data-remote-src="x"&gt;</p>' +
    '<img data-remote-src="https://x.test/count" width="1" height="1">' +
    '<img data-remote-src="https://x.test/q.png">'
  expect(remoteImages(page(html))).toEqual([0, 2])
})

test('an image of the mail itself is put in place whatever form its Content-ID has', () => {
  expect(contentKey('<Foto%40Casa.TEST>')).toBe('Foto@casa.test')
  const html = '<p>Veja: <img src="cid:foto%40casa" alt="foto"></p>'
  expect(inlineImages(page(html))).toEqual(['foto@casa'])
  const inline = new Map([['foto@casa', { data: 'data:image/png;base64,AAAA' }]])
  expect(placed(html, { inline })).toBe(
    '<p>Veja: <img src="data:image/png;base64,AAAA" alt="foto"></p>',
  )
})

test('an image whose file is missing says so and asks the browser for nothing', () => {
  const shown = placed('<img src="cid:gone" alt="logo">', {})
  expect(shown).toContain('logo · não veio com o e-mail')
  expect(shown).not.toContain('<img')
})

test('a blocked image keeps its place and its words, one that only counts readers goes', () => {
  const html =
    '<img data-remote-src="https://x.test/a" width="120" height="60" alt="Mapa">' +
    '<img data-remote-src="https://x.test/b" width="1" height="1">'
  const shown = placed(html, {})
  expect(shown).toContain('data-image="blocked"')
  expect(shown).toContain('width:120px;min-height:60px')
  expect(shown).toContain('>Mapa</span>')
  expect(shown).not.toContain('x.test')
})

test('a loaded remote image is shown, a refused one gives the reason', () => {
  const html = '<img data-remote-src="https://x.test/a"><img data-remote-src="https://x.test/b">'
  const remote = new Map([
    [0, { data: 'data:image/png;base64,AAAA' }],
    [1, { missing: 'servidor recusado' }],
  ])
  const shown = placed(html, { remote })
  expect(shown).toContain('<img src="data:image/png;base64,AAAA">')
  expect(shown).toContain('imagem · servidor recusado')
})

test('an image without any source is its words, or nothing', () => {
  expect(placed('<p>a<img>b</p>', {})).toBe('<p>ab</p>')
  expect(placed('<img alt="gráfico">', {})).toContain('gráfico · não veio com o e-mail')
})
