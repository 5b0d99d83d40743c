import { endOfLetters, letters, textsOf } from './letters'

/** The mark of what is quoted; a mail cannot bring it along, the desk takes foreign attributes off. */
const MARK = 'data-quoted'
const HEAD_LETTERS = 30

/** What a mail holds beside the new words, told apart by its plain text. */
export interface Parts {
  text: string
  /** The new words only. */
  fresh: string
  /** The first words of a mail that was forwarded inside, empty when there is none. */
  forwarded: string
}

/**
 * Marks in `page` everything after the new words; false when nothing is quoted. The plain text
 * knows best where they end; where it cannot be matched, block quotes they do not hold are marked.
 */
export function markQuoted(page: Document, parts: Parts): boolean {
  const texts = textsOf(page.body)
  const all = texts.map((one) => one.letters).join('')
  const fresh = letters(parts.fresh)
  const start = startOfRest(all, fresh, letters(parts.text))
  if (start !== null && markFrom(page, texts, start)) return true
  return markBlockQuotes(page, fresh)
}

/** Leaves the new words only. */
export function withoutQuoted(page: Document): void {
  for (const node of page.querySelectorAll(`[${MARK}]`)) node.remove()
}

/** Leaves the mail forwarded inside, without its block of sender and date; false when not found. */
export function onlyForwarded(page: Document, forwarded: string): boolean {
  const texts = textsOf(page.body)
  const all = texts.map((one) => one.letters).join('')
  const start = all.indexOf(letters(forwarded).slice(0, HEAD_LETTERS * 2))
  if (forwarded.trim() === '' || start < 0) return false
  if (start > 0 && !markFrom(page, texts, start)) return false
  if (start > 0) removeUnmarked(page.body)
  for (const node of page.querySelectorAll(`[${MARK}]`)) node.removeAttribute(MARK)
  return true
}

/** How many letters of the page come before what is quoted; null when the texts do not match. */
function startOfRest(all: string, fresh: string, text: string): number | null {
  if (fresh === '' || !text.startsWith(fresh)) return null
  const rest = text.slice(fresh.length)
  if (rest === '') return null
  if (all.startsWith(fresh)) return fresh.length
  // Plain text made from markup also names link targets and numbers: it is never the shorter one.
  const found = all.lastIndexOf(rest.slice(0, HEAD_LETTERS), fresh.length)
  return found > 0 ? found : null
}

function markFrom(page: Document, texts: ReturnType<typeof textsOf>, start: number): boolean {
  let before = 0
  for (const { node, letters: own } of texts) {
    const inside = start - before
    if (inside < own.length) {
      const first = inside === 0 ? node : splitAtLine(node, inside)
      if (!first) return false
      markOnwards(page, first)
      return true
    }
    before += own.length
  }
  return false
}

/** The part of a text after its first letters, when a line ends between the two. */
function splitAtLine(node: Text, count: number): Text | null {
  const end = endOfLetters(node.data, count)
  const between = /^[^\p{L}\p{N}]*?\n/u.exec(node.data.slice(end))
  return between ? node.splitText(end + between[0].length) : null
}

/** Marks a text and all that follows it, in as few elements as the page allows. */
function markOnwards(page: Document, first: Text): void {
  let start: Node = first
  while (start.parentNode !== page.body && beginsWith(start.parentNode, start))
    start = start.parentNode as Node
  markRulesBefore(start)
  for (let node: Node | null = start; node; ) {
    const next: Node | null = nextOutside(page.body, node)
    mark(page, node)
    node = next
  }
}

/** True when nothing to see stands in `parent` before `child`. */
function beginsWith(parent: Node | null, child: Node): boolean {
  for (let node = child.previousSibling; node; node = node.previousSibling)
    if (hasSomething(node)) return false
  return parent !== null
}

function hasSomething(node: Node): boolean {
  if (letters(node.textContent ?? '') !== '') return true
  return node instanceof Element && (node.matches('img') || node.querySelector('img') !== null)
}

/** A line drawn above a quotation belongs to it, and so do the empty lines there. */
function markRulesBefore(start: Node): void {
  let node = start.previousSibling
  while (node && !hasSomething(node)) {
    const before: ChildNode | null = node.previousSibling
    if (node instanceof Element && node.matches('hr, br, p, div')) node.setAttribute(MARK, '')
    node = before
  }
}

function nextOutside(root: Node, node: Node): Node | null {
  for (let at: Node | null = node; at && at !== root; at = at.parentNode)
    if (at.nextSibling) return at.nextSibling
  return null
}

function mark(page: Document, node: Node): void {
  if (node instanceof Element) node.setAttribute(MARK, '')
  else if ((node.textContent ?? '').trim() !== '' && node.parentNode) {
    const span = page.createElement('span')
    node.parentNode.replaceChild(span, node)
    span.append(node)
    span.setAttribute(MARK, '')
  }
}

function markBlockQuotes(page: Document, fresh: string): boolean {
  const quotes = [...page.querySelectorAll('blockquote')].filter((quote) => {
    const own = letters(quote.textContent ?? '')
    return own !== '' && !fresh.includes(own) && !quote.parentElement?.closest('blockquote')
  })
  for (const quote of quotes) quote.setAttribute(MARK, '')
  // Where nothing else would be left to read, everything is shown (Q1).
  const rest = textsOf(page.body).some(({ node }) => !node.parentElement?.closest(`[${MARK}]`))
  if (rest) return quotes.length > 0
  for (const quote of quotes) quote.removeAttribute(MARK)
  return false
}

function removeUnmarked(root: Element): void {
  for (const child of [...root.childNodes]) {
    if (child instanceof Element && child.hasAttribute(MARK)) continue
    if (child instanceof Element && child.querySelector(`[${MARK}]`)) removeUnmarked(child)
    else child.remove()
  }
}
