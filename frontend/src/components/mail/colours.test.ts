import { expect, test } from 'vitest'
import { toDarkPaper } from './colours'

function dark(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html')
  toDarkPaper(page)
  return page.body.innerHTML
}

test('words become lighter and papers darker, the rest of the style stays', () => {
  const shown = dark('<p style="color:#1f497d;background-color:white;padding:4px">Oi</p>')
  expect(shown).toContain('color:oklch(from #1f497d max(l,')
  expect(shown).toContain('background-color:oklch(from white min(l,')
  expect(shown).toContain('padding:4px')
})

test('old attributes are reckoned with too', () => {
  const shown = dark(
    '<table bgcolor="ffffff"><tr><td><font color="red">Oi</font></td></tr></table>',
  )
  expect(shown).toContain('background-color:oklch(from #ffffff')
  expect(shown).toContain('color:oklch(from red')
  expect(shown).not.toContain('bgcolor')
})

test('what names no colour is left alone', () => {
  expect(dark('<p style="background-color:transparent">Oi</p>')).toContain('transparent')
  expect(dark('<p>Oi</p>')).toBe('<p>Oi</p>')
})
