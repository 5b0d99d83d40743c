import type {
  Discovered,
  ImportChoice,
  Mailbox,
  MailboxTestSettings,
  NewMailbox,
  Security,
} from '../../services/types'

/** What a person fills in; what is imported is asked once, apart from it. */
export type MailboxForm = Omit<
  Required<NewMailbox>,
  'import_since' | 'silent_before' | 'import' | 'state' | 'sending_stopped'
>

export const EMPTY_FORM: MailboxForm = {
  name: '',
  address: '',
  aliases: [],
  sign_in: 'password',
  oauth_request: '',
  imap_host: '',
  imap_port: 993,
  imap_security: 'tls',
  imap_username: '',
  imap_password: '',
  imap_folder: 'INBOX',
  further_folders: [],
  smtp_host: '',
  smtp_port: 465,
  smtp_security: 'tls',
  smtp_username: '',
  smtp_password: '',
  after_reading: 'mark_seen',
  move_to: '',
  sent_copy: 'auto',
  sent_folder: '',
  undo_seconds: 15,
  largest_sent_bytes: null,
  messages_per_minute: null,
  recipients_per_day: null,
  smtp_connections: null,
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

/** The form with the servers that were found for its address. */
export function withProposal(form: MailboxForm, { imap, smtp, sign_in }: Discovered): MailboxForm {
  return {
    ...form,
    sign_in: sign_in.includes(form.sign_in) ? form.sign_in : 'password',
    imap_host: imap.host,
    imap_port: imap.port,
    imap_security: imap.security,
    imap_username: imap.username || form.address,
    smtp_host: smtp.host,
    smtp_port: smtp.port,
    smtp_security: smtp.security,
    smtp_username: smtp.username || form.address,
  }
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

/** The form as the API takes it; empty passwords and sign-ins are left out so that stored ones stay. */
export function settingsOf(form: MailboxForm, start?: ImportChoice): NewMailbox {
  const { imap_password, smtp_password, oauth_request, ...rest } = form
  const settings: NewMailbox = { ...rest }
  if (imap_password !== '') settings.imap_password = imap_password
  if (smtp_password !== '') settings.smtp_password = smtp_password
  if (oauth_request !== '') settings.oauth_request = oauth_request
  if (start) settings.import = start.mode === 'since' ? start : { mode: start.mode }
  return settings
}

/** One password opens both servers unless another one is given for sending. */
export function withOnePassword(form: MailboxForm): MailboxForm {
  return { ...form, smtp_password: form.smtp_password || form.imap_password }
}

/** What a test of the connection needs; `exchange` sends a mail to the mailbox itself and waits for it. */
export function testOf(form: MailboxForm, exchange: boolean): MailboxTestSettings {
  return { ...settingsOf(form), exchange }
}

const MEGABYTE = 1024 * 1024

export function megabytes(bytes: number | null): number | '' {
  return bytes === null ? '' : Math.round((bytes / MEGABYTE) * 10) / 10
}

export function bytesOf(typed: number | string): number | null {
  return typed === '' ? null : Math.round(Number(typed) * MEGABYTE)
}
