const CID = /^cid:/i

function parse(html: string): Document {
  // A parsed document is inert: it runs nothing and loads nothing.
  return new DOMParser().parseFromString(html, 'text/html')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** The Content-ID an image asks for (RFC 2392), or null when it asks for none. */
function contentId(image: Element): string | null {
  const src = image.getAttribute('src') ?? ''
  return CID.test(src) ? decoded(src.replace(CID, '')) : null
}

/** How many images of a mail lie on foreign servers; the desk leaves them there. */
export function remoteImages(html: string): number {
  return parse(html).querySelectorAll('img[data-remote-src]').length
}

/** The Content-IDs of the mail's own images, each once. */
export function inlineImages(html: string): string[] {
  const ids = [...parse(html).querySelectorAll('img')].map(contentId)
  return [...new Set(ids.filter((id) => id !== null))]
}

/** The mail with its own images in place, as `data:` addresses by Content-ID. */
export function withImages(html: string, images: ReadonlyMap<string, string>): string {
  const page = parse(html)
  for (const image of page.querySelectorAll('img')) {
    const id = contentId(image)
    if (id === null) continue
    const data = images.get(id)
    if (data) image.setAttribute('src', data)
    else image.removeAttribute('src')
  }
  return page.body.innerHTML
}
