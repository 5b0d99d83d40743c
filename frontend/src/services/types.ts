/** The shapes of the REST API (`/api/v1/`), as the desk's screens use them. */

export type Language = 'pt-BR' | 'en'
export type ThemeChoice = 'light' | 'dark' | 'system'
export type Role = 'admin' | 'supervisor' | 'agent' | 'light'

export interface Me {
  id: string
  email: string
  name: string
  role: Role
  language: Language
  theme: ThemeChoice
  time_zone: string
  permissions: string[]
}

export interface SignedIn {
  access: string
  /** Seconds until the access token ends. */
  expires_in: number
  user: Me
}

export interface SetupState {
  needed: boolean
  code_required: boolean
  demo: boolean
  languages: Language[]
}

export interface Named {
  id: string
  name: string
}

export interface User extends Named {
  email: string
  role: Role
  is_active: boolean
}

export type StatusCategory = 'open' | 'waiting' | 'resolved' | 'closed'
export type Priority = 'low' | 'normal' | 'high' | 'urgent'

export interface Status {
  slug: string
  name_pt: string
  name_en: string
  category: StatusCategory
  position: number
}

export interface TicketRow {
  id: string
  number: number
  subject: string
  status: string
  status_category: StatusCategory
  priority: Priority
  tags: string[]
  contact: Named & { address: string }
  mailbox: Named & { address: string }
  assignee: Named | null
  team: Named | null
  waiting_since: string | null
  last_activity_at: string
  created_at: string
  message_count: number
  preview: string
  last_direction: 'in' | 'out' | null
  needs_attention: boolean
  is_demo: boolean
  version: number
}

export interface Address {
  name: string
  address: string
}

export type DeliveryState =
  | 'held'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'deferred'
  | 'failed'
  | 'uncertain'
  | 'cancelled'

export interface RecipientResult {
  address: string
  state: string
  code: string | number | null
  text: string
  kind?: string
}

export interface Delivery {
  id: string
  state: DeliveryState
  last_error: string
  next_attempt_at: string | null
  recipients: RecipientResult[]
}

export interface Attachment {
  id: string
  filename: string
  content_type: string
  size: number
  inline: boolean
  content_id: string
}

export interface Message {
  id: string
  direction: 'in' | 'out'
  from: Address
  to: Address[]
  cc: Address[]
  bcc?: Address[]
  subject: string
  text: string
  html: string | null
  reply_text: string
  created_at: string
  date_header: string | null
  message_id: string
  author: Named | null
  attachments: Attachment[]
  flags: string[]
  delivery: Delivery | null
  inbound_id: string | null
}

export interface Note {
  id: string
  text: string
  author: Named
  created_at: string
}

export interface TicketEvent {
  id: string | number
  at: string
  kind: string
  actor: Named | null
  cause: string
  data: { field?: string; old?: unknown; new?: unknown }
}

export interface TicketDetail extends TicketRow {
  messages: Message[]
  notes: Note[]
  history: TicketEvent[]
  merged_into: { id: string; number: number } | null
  deleted_at: string | null
  category?: string | null
  reply_defaults: { to: string[]; cc: string[]; subject: string }
}

export interface Counters {
  open: number
  mine: number
  unassigned: number
  waiting: number
  attention: number
}

export interface Page<Row> {
  results: Row[]
  next: string | null
}

export interface ContactAddress {
  address: string
  is_primary: boolean
  state: string
}

export interface Contact {
  id: string
  name: string
  addresses: ContactAddress[]
  phone: string
  company: Named | null
  notes: string
  ticket_count: number
  last_ticket_at: string | null
  created_at: string
  is_demo: boolean
  version: number
}

export type Security = 'tls' | 'starttls' | 'none'

export interface MailboxSettings {
  name: string
  address: string
  aliases: string[]
  imap_host: string
  imap_port: number
  imap_security: Security
  imap_username: string
  imap_password?: string
  imap_folder: string
  smtp_host: string
  smtp_port: number
  smtp_security: Security
  smtp_username: string
  smtp_password?: string
  after_reading: 'leave' | 'mark_seen' | 'move'
  move_to: string
  signature: string
  /** Older mail is not read; null reads everything; left out on creation: from now on. */
  import_since?: string | null
}

export type MailboxState = 'active' | 'paused' | 'error'

export interface Mailbox extends MailboxSettings {
  id: string
  state: MailboxState
  last_ok_at: string | null
  last_error: string
  last_error_code: string
  last_error_at: string | null
  lag_seconds: number | null
  is_demo: boolean
  version: number
}

export interface MailboxTestStep {
  step: string
  ok: boolean
  code: string
  detail: string
  advice: string
  ms: number
}

export interface MailboxTest {
  ok: boolean
  steps: MailboxTestStep[]
}

export type InboundState = 'stored' | 'processing' | 'done' | 'quarantined'
export type Fate =
  | 'ticket'
  | 'reply'
  | 'bounce'
  | 'automatic'
  | 'spam'
  | 'duplicate'
  | 'own_mail'
  | 'quarantined'

export interface InboundRow {
  id: string
  mailbox: Named
  uid: number
  size: number
  internal_date: string | null
  stored_at: string
  processed_at: string | null
  state: InboundState
  fate: Fate | null
  reason: string
  tries: number
  from_address: string
  subject: string
  message_id: string
  ticket: { id: string; number: number } | null
  error: string
}

export interface OutboundRow {
  id: string
  mailbox: Named
  kind: string
  message_id: string
  subject: string
  state: DeliveryState
  created_at: string
  sent_at: string | null
  next_attempt_at: string | null
  tries: number
  last_error: string
  recipients: RecipientResult[]
  ticket: { id: string; number: number } | null
}

export interface PostboxMessage {
  uid: number
  folder: 'inbox' | 'sent'
  from: string
  to: string
  subject: string
  date: string
  text: string
  message_id: string
  in_reply_to: string
  references: string[]
}

export interface Postbox {
  address: string
  desk_address: string
  messages: PostboxMessage[]
}
