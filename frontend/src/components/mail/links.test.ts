import { expect, test } from 'vitest'
import { markLinks, saysAnother } from './links'

function marked(html: string): HTMLElement {
  const page = new DOMParser().parseFromString(html, 'text/html')
  markLinks(page, { leadsTo: (host) => `leva a ${host}` })
  return page.body
}

test('a link carries its real host', () => {
  const link = marked('<a href="https://portal.banco.test/a">Portal</a>').querySelector('a')
  expect(link?.dataset.host).toBe('portal.banco.test')
  expect(link?.rel).toContain('noopener')
  expect(link?.target).toBe('_blank')
})

test('a link whose words name another host is marked with the real one', () => {
  const body = marked('<a href="https://roubo.test/x">https://www.banco.com.br/conta</a>')
  expect(body.querySelector('a')?.hasAttribute('data-false')).toBe(true)
  expect(body.textContent).toContain('leva a roubo.test')
})

test.each([
  ['www.banco.com.br', 'banco.com.br', false],
  ['banco.com.br', 'www.banco.com.br', false],
  ['conta.banco.com.br', 'banco.com.br', false],
  ['banco.com.br', 'banco.com.br.roubo.test', true],
  ['ana@banco.com.br', 'roubo.test', true],
  ['bаnco.com', 'banco.com', true],
  ['Clique aqui', 'roubo.test', false],
  ['versão 2.0', 'roubo.test', false],
])('"%s" leading to %s is false: %s', (words, host, wrong) => {
  expect(saysAnother(words, { host })).toBe(wrong)
})

test('a mail address as words must be the one written to', () => {
  expect(marked('<a href="mailto:a@b.test">a@b.test</a>').querySelector('[data-false]')).toBeNull()
  expect(
    marked('<a href="mailto:a@c.test">a@b.test</a>').querySelector('[data-false]'),
  ).not.toBeNull()
})

test('a target that is no web, mail or telephone address is taken off', () => {
  const links = marked('<a href="javascript:alert(1)">x</a><a href="/konto">y</a>')
  expect(links.querySelectorAll('a[href]')).toHaveLength(0)
})
