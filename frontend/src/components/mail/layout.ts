const WINDOW_UNIT = /\d[sld]?v(?:h|w|b|i|min|max)\b/i
const SPACER = /^[\s\u00a0]*\u00a0[\s\u00a0]*$/

/**
 * Takes off sizes reckoned from a window: the frame is as high as the mail, so a mail that is as
 * high as the frame would push the rest of itself out of sight.
 */
export function dropWindowSizes(page: Document): void {
  for (const element of page.querySelectorAll('[style]')) {
    const style = element.getAttribute('style') ?? ''
    if (!WINDOW_UNIT.test(style)) continue
    const kept = style.split(';').filter((part) => !WINDOW_UNIT.test(part))
    element.setAttribute('style', kept.join(';'))
  }
}

/** Word puts empty paragraphs where it wants room: its other paragraphs have no margins. */
export function hasSpacers(page: Document): boolean {
  return [...page.querySelectorAll('p')].some(
    (one) => SPACER.test(one.textContent ?? '') && one.querySelector('img') === null,
  )
}
