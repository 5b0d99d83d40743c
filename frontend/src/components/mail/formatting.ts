import { letters, textsOf } from './letters'

const MEANINGFUL = 'b, strong, i, em, u, s, strike, del, ins, mark, ul, ol, h1, h2, h3, h4, pre'
/** A picture this small counts the reader, or pushes a layout apart. */
const TINY_PIXELS = 3
const PLAIN_PAPER =
  /^(?:transparent|initial|inherit|none|white|#fff(?:fff)?|rgb\(255, ?255, ?255\))$/i

/** True when the plain text of this page would lose something a reader needs. */
export function isFormatted(page: Document): boolean {
  return (
    hasPictures(page) ||
    hasWords(page.querySelectorAll(MEANINGFUL)) ||
    hasStyledWords(page) ||
    hasTable(page) ||
    hasNamedLink(page) ||
    hasSeveralColours(page)
  )
}

export function isTiny(image: Element): boolean {
  return ['width', 'height'].some((side) => {
    const value = image.getAttribute(side)
    return value !== null && Number.parseInt(value, 10) <= TINY_PIXELS
  })
}

function hasPictures(page: Document): boolean {
  return [...page.querySelectorAll('img')].some((image) => !isTiny(image))
}

function hasWords(elements: Iterable<Element>): boolean {
  for (const element of elements) if (letters(element.textContent ?? '') !== '') return true
  return false
}

function hasStyledWords(page: Document): boolean {
  const styled = [...page.querySelectorAll('[style], [bgcolor]')].filter((element) => {
    const { style } = element as HTMLElement
    const paper = style.backgroundColor || element.getAttribute('bgcolor') || ''
    const bold = /^(?:bold|bolder|[6-9]00)$/.test(style.fontWeight)
    return bold || (paper !== '' && !PLAIN_PAPER.test(paper))
  })
  return hasWords(styled)
}

/** A table of facts, not one that only holds the mail in place. */
function hasTable(page: Document): boolean {
  return [...page.querySelectorAll('tr')].some((row) => {
    const filled = [...row.children].filter((cell) => letters(cell.textContent ?? '') !== '')
    return filled.length > 1
  })
}

function hasNamedLink(page: Document): boolean {
  return [...page.querySelectorAll('a[href]')].some((link) => {
    const words = letters(link.textContent ?? '')
    return words !== '' && !letters(link.getAttribute('href') ?? '').includes(words)
  })
}

/** Words in two colours: answers written in red between the questions, for instance. */
function hasSeveralColours(page: Document): boolean {
  const colours = new Set<string>()
  for (const { node } of textsOf(page.body)) {
    const holder = node.parentElement?.closest<HTMLElement>('[style*="color"], font[color], a')
    if (holder?.tagName === 'A') continue
    colours.add(holder?.style.color || holder?.getAttribute('color') || '')
    if (colours.size > 1 && [...colours].some((colour) => !isInk(colour))) return true
  }
  return false
}

const INK = new Set(['', 'black', 'windowtext', 'inherit', 'initial', 'auto', 'gray', 'grey'])
const DARK = 0x50
const COLOURLESS = 0x18

/** Black, grey and what mail programs write instead of them. */
function isInk(colour: string): boolean {
  if (INK.has(colour.toLowerCase())) return true
  const channels = channelsOf(colour)
  if (!channels) return false
  const [most, least] = [Math.max(...channels), Math.min(...channels)]
  return most <= DARK || most - least <= COLOURLESS
}

/** Red, green and blue from 0 to 255; null for a name. */
function channelsOf(colour: string): number[] | null {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1]
  if (hex) {
    const size = hex.length / 3
    return [0, 1, 2].map((at) => {
      const part = hex.slice(at * size, (at + 1) * size)
      return Number.parseInt(size === 1 ? part + part : part, 16)
    })
  }
  const numbers = /^rgba?\(([\d., ]+)\)$/.exec(colour)?.[1]?.split(',').map(Number)
  return numbers && numbers.length >= 3 ? numbers.slice(0, 3) : null
}
