import { expect, test } from 'vitest'
import { inlineImages, remoteImages, withImages } from './mailImages'

test('images on foreign servers are counted, text that looks like one is not', () => {
  const html = '<img data-remote-src="https://x.test/p.png"><p>&lt;img data-remote-src="x"&gt;</p>'
  expect(remoteImages(html)).toBe(1)
  expect(remoteImages('<p>Olá</p>')).toBe(0)
})

test('an image of the mail itself is put in place by its Content-ID', () => {
  const html = '<p>Veja: <img src="cid:foto%40casa" alt="foto"></p>'
  expect(inlineImages(html)).toEqual(['foto@casa'])
  const shown = withImages(html, new Map([['foto@casa', 'data:image/png;base64,AAAA']]))
  expect(shown).toBe('<p>Veja: <img src="data:image/png;base64,AAAA" alt="foto"></p>')
})

test('an image whose file is missing asks the browser for nothing', () => {
  expect(withImages('<img src="cid:gone" alt="logo">', new Map())).toBe('<img alt="logo">')
})
