import type { Discovered, ImportChoice } from '../../../services/types'
import { EMPTY_FORM, type MailboxForm } from '../mailboxForm'

/** What somebody setting a mailbox up has told so far. */
export interface Setup {
  form: MailboxForm
  found: Discovered | null
  start: ImportChoice
  /** The account a provider signed in. */
  account: string
}

export const EMPTY_SETUP: Setup = {
  form: EMPTY_FORM,
  found: null,
  start: { mode: 'now' },
  account: '',
}

const KEY = 'desk-mailbox-setup'

/** Survives a reload and the way to a provider's sign-in page; passwords are never kept. */
export function keepSetup(setup: Setup): void {
  const form = { ...setup.form, imap_password: '', smtp_password: '' }
  sessionStorage.setItem(KEY, JSON.stringify({ ...setup, form }))
}

export function readSetup(): Setup {
  const stored = sessionStorage.getItem(KEY)
  if (stored === null) return EMPTY_SETUP
  try {
    const { form, ...rest } = JSON.parse(stored) as Setup
    return { ...EMPTY_SETUP, ...rest, form: { ...EMPTY_SETUP.form, ...form } }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return EMPTY_SETUP
  }
}

export function dropSetup(): void {
  sessionStorage.removeItem(KEY)
}
