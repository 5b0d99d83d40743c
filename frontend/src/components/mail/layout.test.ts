import { expect, test } from 'vitest'
import { dropWindowSizes } from './layout'

test('sizes reckoned from a window are taken off, others stay', () => {
  const html = '<div style="width:100vw;height:100VH;padding:4px">x</div><p style="width:50%">y</p>'
  const page = new DOMParser().parseFromString(html, 'text/html')
  dropWindowSizes(page)
  expect(page.body.innerHTML).toBe('<div style="padding:4px">x</div><p style="width:50%">y</p>')
})
