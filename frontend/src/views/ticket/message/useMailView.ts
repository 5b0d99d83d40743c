import { useMemo, useState } from 'react'
import { type MailPage, type Portion, readMail } from '../../../components/mail/page'
import type { Message } from '../../../services/types'
import { newWords } from './messageWords'

export type Form = 'text' | 'formatted'

/** One stretch of a mail that is shown formatted. */
export interface Stretch {
  portion: Portion
  page: MailPage
}

export interface MailView {
  form: Form
  setForm: (form: Form) => void
  canFormat: boolean
  /** The quoted history is shown too. */
  whole: boolean
  setWhole: (whole: boolean) => void
  /** There is something more than what is shown at first. */
  hasMore: boolean
  /** The new words as text. */
  words: string
  /** The markup to show; empty while the text is shown. */
  stretches: Stretch[]
}

/** How a message is shown: text for simple mails, its own markup where the text would lose something. */
export function useMailView(
  message: Pick<Message, 'html' | 'text' | 'reply_text' | 'forwarded' | 'flags'>,
): MailView {
  const { html, text, forwarded } = message
  // What a colleague passed on stands as its writer's own; only the markup still has the frame.
  const passedOn = message.flags.includes('by_agent_forward') ? text : ''
  const inner = forwarded?.text ?? passedOn
  const words = useMemo(() => newWords(message), [message])
  const read = useMemo(() => {
    const parts = { text, fresh: words, forwarded: inner }
    return (portion: Portion) => (html === null ? null : readMail(html, parts, portion))
  }, [html, text, words, inner])
  const own = passedOn === '' ? words : ''
  const short = useMemo(() => shortStretches(read, own, inner !== ''), [read, own, inner])
  const rich = short.some(({ page }) => page.formatted)
  const [chosen, setForm] = useState<Form | null>(null)
  const [whole, setWhole] = useState(false)
  const form = html === null ? 'text' : (chosen ?? (rich ? 'formatted' : 'text'))
  const all = useMemo(() => (whole ? asStretches('all', read('all')) : null), [whole, read])
  const shortened =
    form === 'text'
      ? forwarded !== null || words.trim() !== text.trim()
      : short.some(({ page }) => page.shortened)
  return {
    form,
    setForm,
    canFormat: html !== null,
    whole,
    setWhole,
    hasMore: shortened,
    words,
    stretches: form === 'text' ? [] : (all ?? short),
  }
}

function asStretches(portion: Portion, page: MailPage | null): Stretch[] {
  return page ? [{ portion, page }] : []
}

/** The new words and, apart from them, the forwarded mail; one stretch where they cannot be parted. */
function shortStretches(
  read: (portion: Portion) => MailPage | null,
  words: string,
  forwards: boolean,
): Stretch[] {
  const inner = forwards ? read('forwarded') : null
  if (!inner?.shortened) return asStretches('fresh', read('fresh'))
  if (words === '') return asStretches('forwarded', inner)
  const fresh = read('fresh')
  return fresh?.shortened
    ? [...asStretches('fresh', fresh), ...asStretches('forwarded', inner)]
    : asStretches('fresh', fresh)
}
