/** Short names for the shapes of the REST API, taken from its description (schema.d.ts). */

import type { components } from './schema'

type Schemas = components['schemas']

export type Language = Schemas['LanguageEnum']
export type ThemeChoice = Schemas['ThemeEnum']

export type Me = Schemas['Me']
export type SignedIn = Schemas['SignedIn']
export type Named = Schemas['Ref']
export type User = Schemas['Person']

export type StatusCategory = Schemas['StatusCategoryEnum']
export type Priority = Schemas['PriorityEnum']
export type Status = Schemas['Status']
export type Counters = Schemas['Counters']
export type TicketRow = Schemas['TicketRow']
export type TicketDetail = Schemas['TicketDetail']
export type TicketEvent = Schemas['TicketEvent']
export type TicketChange = Schemas['PatchedTicketChangeRequest']
export type NewTicket = Schemas['TicketInputRequest']

export type Address = Schemas['MailAddress']
export type Attachment = Schemas['Attachment']
export type Seal = Schemas['SealEnum']
export type Invite = Schemas['Invite']
export type Forwarded = Schemas['Forwarded']
export type MailSource = Schemas['MailSource']
export type NestedMail = Schemas['NestedMail']
export type NestedFile = Schemas['NestedFile']
export type ImageSender = Schemas['ImageSender']
export type Message = Schemas['Message']
export type Note = Schemas['Note']
export type Reply = Schemas['ReplyInputRequest']
export type Delivery = Schemas['Delivery']
export type DeliveryAttempt = Schemas['DeliveryAttempt']
export type DeliveryRecipient = Schemas['Recipient']
export type IfAnswered = Schemas['IfAnsweredEnum']
export type Schedule = Schemas['ScheduleInputRequest']
export type UndoneReply = Schemas['Undone']
export type DraftFile = Schemas['DraftFile']
export type DeliveryState = Schemas['OutboundStateEnum']

/** A page of any list; `next` is the cursor of the page after it. */
export interface Page<Row> {
  results: Row[]
  next: string | null
}

export type ContactAddress = Schemas['ContactAddress']
export type Contact = Schemas['Contact']
export type NewContact = Schemas['ContactInputRequest']
export type ContactChange = Schemas['PatchedContactInputRequest']

export type WorkingHours = Schemas['WorkingHours']
export type PartnerDesk = Schemas['PartnerDesk']
export type Security = Schemas['MailSecurityEnum']
export type Mailbox = Schemas['Mailbox']
export type MailboxEvent = Schemas['MailboxEvent']
export type NewMailbox = Schemas['MailboxInputRequest']
export type MailboxChange = Schemas['PatchedMailboxInputRequest']
export type ImportChoice = Schemas['ImportInputRequest']
export type ServerFolder = Schemas['Folder']
export type Discovered = Schemas['Discovered']
export type MailboxTestSettings = Schemas['MailboxTestInputRequest']
export type MailboxTest = Schemas['MailboxTest']
export type MailboxTestStep = Schemas['TestStep']

export type Fate = Schemas['FateEnum']
export type InboundState = Schemas['InboundStateEnum']
export type InboundRow = Schemas['Inbound']
export type OutboundRow = Schemas['Outbound']

export type InboundStory = Schemas['InboundDetail']
export type OutboundStory = Schemas['OutboundDetail']
export type Trace = Schemas['Trace']
export type TraceStep = Schemas['Step']
export type Wait = Schemas['Wait']
export type BehindMailbox = Schemas['Behind']
export type QueueLine = Schemas['QueueLine']
export type MailboxQueue = Schemas['MailboxQueue']

export type Alarm = Schemas['Alarm']
export type DomainState = Schemas['Domain']
export type Finding = Schemas['Finding']
export type Component = Schemas['Component']

export type Postbox = Schemas['Postbox']
export type PostboxMessage = Schemas['PostboxMessage']
export type PostboxMail = Schemas['LetterInputRequest']

export type FirstAdmin = Schemas['SetupInputRequest']
export type MeChange = Schemas['PatchedProfileInputRequest']

export type OAuthProvider = Schemas['OAuthProviderEnum']
export type OAuthClient = Schemas['OAuthClient']
export type OAuthClientChange = Schemas['OAuthClientInputRequest']
export type OAuthSignIn = Schemas['OAuthRequest']
