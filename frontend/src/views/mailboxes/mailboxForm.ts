import type { Mailbox, NewMailbox, Security } from '../../services/types'

export type MailboxForm = Omit<Required<NewMailbox>, 'import_since' | 'state'> & {
  /** `now`: from here on; `all`: everything that lies in the mailbox. Only asked at the start. */
  import_from: 'now' | 'all'
}

export const EMPTY_FORM: MailboxForm = {
  name: '',
  address: '',
  aliases: [],
  imap_host: '',
  imap_port: 993,
  imap_security: 'tls',
  imap_username: '',
  imap_password: '',
  imap_folder: 'INBOX',
  smtp_host: '',
  smtp_port: 465,
  smtp_security: 'tls',
  smtp_username: '',
  smtp_password: '',
  after_reading: 'mark_seen',
  move_to: '',
  signature: '',
  acknowledge: false,
  acknowledgement_pt: '',
  acknowledgement_en: '',
  out_of_hours_pt: '',
  out_of_hours_en: '',
  working_hours: { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] },
  time_zone: '',
  authserv_id: '',
  trust_spam_verdict: false,
  share_conversations: false,
  plus_addressing: false,
  reopen_days: 30,
  partner_desks: [],
  import_from: 'now',
}

const PORTS: Record<'imap' | 'smtp', Record<Security, number>> = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 25 },
}

export function formOf(mailbox: Mailbox): MailboxForm {
  const form = { ...EMPTY_FORM }
  for (const name of Object.keys(EMPTY_FORM) as (keyof MailboxForm)[]) {
    if (name in mailbox) Object.assign(form, { [name]: mailbox[name as keyof Mailbox] })
  }
  return form
}

/** The standard port of a kind of encryption, unless the port was changed by hand. */
export function withSecurity(
  form: MailboxForm,
  side: 'imap' | 'smtp',
  security: Security,
): MailboxForm {
  const known = Object.values(PORTS[side])
  const port = form[`${side}_port`]
  return {
    ...form,
    [`${side}_security`]: security,
    [`${side}_port`]: known.includes(port) ? PORTS[side][security] : port,
  }
}

/** The form as the API takes it; empty passwords are left out so that the stored ones stay. */
export function settingsOf(form: MailboxForm, isNew: boolean): NewMailbox {
  const { import_from, imap_password, smtp_password, ...rest } = form
  const settings: NewMailbox = { ...rest }
  if (imap_password !== '') settings.imap_password = imap_password
  if (smtp_password !== '') settings.smtp_password = smtp_password
  if (isNew && import_from === 'all') settings.import_since = null
  return settings
}
