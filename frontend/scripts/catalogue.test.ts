import { expect, test } from 'vitest'
import { problemsOf, usedKeys, wordsInMarkup } from './catalogue.mjs'

function catalogues(pt: Record<string, string>, en: Record<string, string>) {
  return { 'pt-BR': new Map(Object.entries(pt)), en: new Map(Object.entries(en)) }
}

function source(text: string) {
  return [{ path: 'views/x.tsx', text }]
}

test('a key that one language lacks is told', () => {
  const found = problemsOf(catalogues({ 'a:b': 'Oi' }, {}), source("t('a:b')"))
  expect(found).toContain('en: a:b is missing')
})

test('a used key that no catalogue has is told', () => {
  const found = problemsOf(
    catalogues({ 'a:b': 'Oi' }, { 'a:b': 'Hi' }),
    source("t('a:b') t('a:c')"),
  )
  expect(found).toEqual(['views/x.tsx: a:c is in no catalogue'])
})

test('a key that nobody uses is told', () => {
  const both = { 'a:b': 'Oi', 'a:old': 'Velho' }
  expect(problemsOf(catalogues(both, both), source("t('a:b')"))).toEqual(['a:old is used nowhere'])
})

test('keys built at run time count by their beginning', () => {
  const both = { 'a:state.on': 'x', 'a:state.off': 'y' }
  expect(problemsOf(catalogues(both, both), source('t(`a:state.$' + '{state}`)'))).toEqual([])
})

test('plural forms belong to the key without their ending', () => {
  const both = { 'a:n_one': '{{count}} um', 'a:n_other': '{{count}} outros' }
  expect(problemsOf(catalogues(both, both), source("t('a:n', { count })"))).toEqual([])
})

test('languages that ask for different values are told', () => {
  const found = problemsOf(
    catalogues({ 'a:b': 'Oi {{name}}' }, { 'a:b': 'Hi' }),
    source("t('a:b')"),
  )
  expect(found).toEqual(['a:b: the languages ask for different values'])
})

test('words written into markup are found, expressions are not', () => {
  expect(wordsInMarkup('<p>Enviar agora</p><b>{t("a:b")}</b><i title="Fechar" />')).toEqual([
    'Enviar agora',
    'title="Fechar"',
  ])
})

test('literal and built keys are told apart', () => {
  expect(usedKeys("t('a:b.c') + t(`a:d.$" + '{x}`)')).toEqual({
    literal: ['a:b.c'],
    built: ['a:d.'],
  })
})
