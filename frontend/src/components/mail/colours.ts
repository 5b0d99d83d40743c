/** How light a colour may be in the dark theme, as the L of OKLCH (CSS Color 5, 4.1). */
const LIGHTER_WORDS = 'max(l, calc(0.93 - l * 0.25)) calc(c * 0.9) h'
const DARKER_PAPER = 'min(l, calc(0.24 + (1 - l) * 0.5)) calc(c * 0.8) h'

const KEPT = /^(?:transparent|inherit|initial|unset|currentcolor|none)$/i

/** Colours of a mail written for white paper, as they read on dark paper: the hue stays. */
export function toDarkPaper(page: Document): void {
  for (const element of page.querySelectorAll<HTMLElement>('[style], [bgcolor], font[color]')) {
    const declarations = declarationsOf(element.getAttribute('style') ?? '')
    takeOver(element, 'bgcolor', 'background-color', declarations)
    if (element.tagName === 'FONT') takeOver(element, 'color', 'color', declarations)
    const style = [...declarations].map(([name, value]) => `${name}:${darkened(name, value)}`)
    if (style.length > 0) element.setAttribute('style', style.join(';'))
  }
}

function declarationsOf(style: string): Map<string, string> {
  const pairs = style.split(';').map((part) => {
    const colon = part.indexOf(':')
    return [part.slice(0, colon).trim().toLowerCase(), part.slice(colon + 1).trim()] as const
  })
  return new Map(pairs.filter(([name, value]) => name !== '' && value !== ''))
}

/** Old attributes give way to style, where a colour can be reckoned with. */
function takeOver(
  element: Element,
  attribute: string,
  property: string,
  declarations: Map<string, string>,
): void {
  const value = element.getAttribute(attribute)
  if (value === null) return
  element.removeAttribute(attribute)
  const colour = /^[0-9a-f]{6}$/i.test(value) ? `#${value}` : value
  if (!declarations.has(property)) declarations.set(property, colour)
}

function darkened(name: string, value: string): string {
  const colour = value.replace(/\s*!important$/i, '')
  if (KEPT.test(colour)) return colour
  if (name === 'color') return `oklch(from ${colour} ${LIGHTER_WORDS})`
  if (name === 'background-color' || /^border(-\w+)?-color$/.test(name))
    return `oklch(from ${colour} ${DARKER_PAPER})`
  return value
}
