import { toDarkPaper } from './colours'
import { isFormatted } from './formatting'
import {
  inlineImages,
  numberRemoteImages,
  type Pictures,
  placeImages,
  remoteImages,
} from './images'
import { dropWindowSizes, hasSpacers } from './layout'
import { type LinkWords, markLinks } from './links'
import { markQuoted, onlyForwarded, type Parts, withoutQuoted } from './quotes'

/** Which part of a mail's markup is shown. */
export type Portion = 'fresh' | 'all' | 'forwarded'

/** A portion of a mail's markup, read once and drawn whenever its images arrive. */
export interface MailPage {
  /** The plain text would lose something a reader needs. */
  formatted: boolean
  /** Something is left out of this portion. */
  shortened: boolean
  /** Content-IDs of the mail's own images in this portion. */
  inline: string[]
  /** Numbers of the remote images in this portion. */
  remote: number[]
  draw: (pictures: Pictures, words: LinkWords, dark: boolean) => string
}

function parse(html: string): Document {
  // A parsed document is inert: it runs nothing and loads nothing.
  return new DOMParser().parseFromString(html, 'text/html')
}

/** The wanted portion of a mail; all of it where the mail cannot be told apart. */
export function readMail(html: string, parts: Parts, portion: Portion): MailPage {
  const page = parse(html)
  numberRemoteImages(page)
  let shortened = false
  if (portion === 'forwarded') shortened = onlyForwarded(page, parts.forwarded)
  else if (portion === 'fresh' && markQuoted(page, parts)) {
    withoutQuoted(page)
    shortened = true
  }
  const markup = page.body.innerHTML
  return {
    formatted: isFormatted(page),
    shortened,
    inline: inlineImages(page),
    remote: remoteImages(page),
    draw: (pictures, words, dark) => {
      const copy = parse(markup)
      markLinks(copy, words)
      placeImages(copy, pictures)
      dropWindowSizes(copy)
      if (dark) toDarkPaper(copy)
      const drawn = copy.body.innerHTML
      return hasSpacers(copy) ? `<div data-tight>${drawn}</div>` : drawn
    },
  }
}
