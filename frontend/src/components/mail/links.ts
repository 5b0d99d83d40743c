/** What stands beside a link whose words name another place than it leads to. */
export interface LinkWords {
  leadsTo: (host: string) => string
}

const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:'])
const NAMED_HOST = /^(?:https?:\/\/)?(?:www\.)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[/:?#]\S*)?$/iu
const NAMED_MAILBOX = /^[^\s@]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}$/u

/** Names the real target of each link (H6) and marks those whose words say something else. */
export function markLinks(page: Document, words: LinkWords): void {
  for (const link of page.querySelectorAll('a')) {
    const target = targetOf(link.getAttribute('href') ?? '')
    if (!target) {
      link.removeAttribute('href')
      continue
    }
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow')
    link.setAttribute('data-host', target.shown)
    if (!saysAnother(link.textContent ?? '', target)) continue
    link.setAttribute('data-false', '')
    const warning = page.createElement('span')
    warning.setAttribute('data-warning', '')
    warning.textContent = words.leadsTo(target.shown)
    link.after(' ', warning)
  }
}

interface Target {
  /** Host of a web address, mailbox of a mail address, number of a telephone. */
  shown: string
  host: string
}

function targetOf(href: string): Target | null {
  if (!URL.canParse(href)) return null
  const url = new URL(href)
  if (!SCHEMES.has(url.protocol)) return null
  if (url.protocol === 'mailto:') {
    const mailbox = decoded(url.pathname)
    return { shown: mailbox, host: mailbox.split('@').at(-1) ?? '' }
  }
  if (url.protocol === 'tel:') return { shown: url.pathname, host: '' }
  return { shown: url.host, host: url.hostname }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** True when the words are an address themselves, of a host that is not the target's. */
export function saysAnother(words: string, { host }: { host: string }): boolean {
  const said = words.trim()
  const named = NAMED_MAILBOX.test(said) ? said.split('@').at(-1) : NAMED_HOST.exec(said)?.[1]
  if (!named || host === '') return false
  const spoken = asciiHost(named)
  if (spoken === null) return false
  const real = host.toLowerCase().replace(/^www\./, '')
  return !(real === spoken || real.endsWith(`.${spoken}`) || spoken.endsWith(`.${real}`))
}

function asciiHost(name: string): string | null {
  return URL.canParse(`https://${name}`) ? new URL(`https://${name}`).hostname : null
}
