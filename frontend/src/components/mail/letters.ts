/** What carries meaning whatever the form: no spaces, marks, line breaks or quote signs. */
const REST = /[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu

/** Letters, digits and pictures of a text, so that plain and formatted forms can be compared. */
export function letters(text: string): string {
  return text.normalize('NFC').replace(REST, '').toLowerCase()
}

/** Where in `text` its first `count` letters end; the whole length when it has fewer. */
export function endOfLetters(text: string, count: number): number {
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (letters(text.slice(0, middle)).length >= count) high = middle
    else low = middle + 1
  }
  return low
}

/** The texts of a page in reading order, with the letters each adds. */
export function textsOf(root: Node): { node: Text; letters: string }[] {
  const walker = (root.ownerDocument ?? (root as Document)).createTreeWalker(
    root,
    NodeFilter.SHOW_TEXT,
  )
  const found: { node: Text; letters: string }[] = []
  while (walker.nextNode()) {
    const node = walker.currentNode as Text
    const own = letters(node.data)
    if (own !== '') found.push({ node, letters: own })
  }
  return found
}
