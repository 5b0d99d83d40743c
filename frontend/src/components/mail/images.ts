import { isTiny } from './formatting'

const CID = /^cid:/i
const HIGHEST_BOX = 240

/** An image in a mail: its bytes as a `data:` address, why there are none, or null for not yet. */
export type Picture = { data: string } | { missing: string } | null

export interface Pictures {
  /** By normalised Content-ID. */
  inline: ReadonlyMap<string, Picture>
  /** By their place among the images on foreign servers, from 0. */
  remote: ReadonlyMap<number, Picture>
  /** What stands for an image that has neither bytes nor words of its own. */
  words: { image: string; blocked: string; missing: string }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** A Content-ID as it is compared: no brackets, no URL escapes, its host in lower case (RFC 2392). */
export function contentKey(id: string): string {
  const bare = decoded(id.trim()).replace(/^<|>$/g, '')
  const at = bare.lastIndexOf('@')
  return at < 0 ? bare : bare.slice(0, at) + bare.slice(at).toLowerCase()
}

/** The Content-ID an image asks for, or null when it asks for none. */
function contentId(image: Element): string | null {
  const src = image.getAttribute('src') ?? ''
  return CID.test(src) ? contentKey(src.replace(CID, '')) : null
}

/** The Content-IDs of the mail's own images, each once. */
export function inlineImages(page: Document): string[] {
  const ids = [...page.querySelectorAll('img')].map(contentId)
  return [...new Set(ids.filter((id) => id !== null))]
}

/** Puts numbers on the images of foreign servers, before anything is taken off the page. */
export function numberRemoteImages(page: Document): void {
  page.querySelectorAll('img[data-remote-src]').forEach((image, at) => {
    image.setAttribute('data-remote', String(at))
  })
}

/** The numbers of the remote images that are left on the page and large enough to be seen. */
export function remoteImages(page: Document): number[] {
  return [...page.querySelectorAll('img[data-remote]')]
    .filter((image) => !isTiny(image))
    .map((image) => Number(image.getAttribute('data-remote')))
}

/** Puts the images in place, and words where there are none. Nothing is left to fetch. */
export function placeImages(page: Document, pictures: Pictures): void {
  for (const image of page.querySelectorAll('img')) {
    const id = contentId(image)
    const remote = image.getAttribute('data-remote')
    const found =
      id !== null
        ? pictures.inline.get(id)
        : remote !== null
          ? pictures.remote.get(Number(remote))
          : undefined
    image.removeAttribute('data-remote-src')
    image.removeAttribute('data-remote')
    if (found && 'data' in found) image.setAttribute('src', found.data)
    else if (isTiny(image) || isNothing(image, id, remote)) image.remove()
    else if (found === null) image.replaceWith(box(page, image, 'pending'))
    else image.replaceWith(standIn(page, image, pictures, remote !== null, found?.missing))
  }
}

/** Neither a source that could be shown nor words that stand for it. */
function isNothing(image: Element, id: string | null, remote: string | null): boolean {
  return id === null && remote === null && !image.getAttribute('alt')?.trim()
}

function standIn(
  page: Document,
  image: Element,
  { words }: Pictures,
  remote: boolean,
  reason: string | undefined,
): Element {
  const kind = reason ? 'failed' : remote ? 'blocked' : 'missing'
  const alt = image.getAttribute('alt')?.trim() || words.image
  const why = reason ?? (remote ? words.blocked : words.missing)
  const found = box(page, image, kind)
  found.setAttribute('title', why)
  found.textContent = kind === 'blocked' ? alt : `${alt} · ${why}`
  return found
}

/** An empty box of the image's size. */
function box(page: Document, image: Element, kind: string): Element {
  const found = page.createElement('span')
  found.setAttribute('data-image', kind)
  const [width, height] = ['width', 'height'].map((side) => pixels(image, side))
  const size = [
    width && `width:${width}px`,
    height && `min-height:${Math.min(height, HIGHEST_BOX)}px`,
  ].filter(Boolean)
  if (size.length > 0) found.setAttribute('style', size.join(';'))
  return found
}

function pixels(image: Element, side: string): number | null {
  const value = image.getAttribute(side) ?? ''
  return /^\d{1,4}(?:px)?$/.test(value) ? Number.parseInt(value, 10) : null
}
