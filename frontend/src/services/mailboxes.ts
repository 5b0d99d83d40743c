import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type {
  Discovered,
  Mailbox,
  MailboxChange,
  MailboxTest,
  MailboxTestSettings,
  NewMailbox,
} from './types'

export const mailboxKeys = {
  list: ['mailboxes'] as const,
  detail: (id: string) => ['mailbox', id] as const,
  events: (id: string) => ['mailbox', id, 'events'] as const,
}

/** The last success changes at every visit, and no event tells: it is looked at again now and then. */
const LOOK_AGAIN_MS = 30_000
/** A mailbox just connected is about to be read for the first time. */
const FIRST_LOOK_MS = 2_000

export function mailboxesOptions() {
  return queryOptions({
    queryKey: mailboxKeys.list,
    queryFn: () => answerOf(api.GET('/api/v1/mailboxes/')),
    staleTime: LOOK_AGAIN_MS,
  })
}

/** All mailboxes as their own page shows them: how they do is kept up to date. */
export function watchedMailboxesOptions() {
  return queryOptions({ ...mailboxesOptions(), refetchInterval: LOOK_AGAIN_MS })
}

export function mailboxOptions(id: string) {
  return queryOptions({
    queryKey: mailboxKeys.detail(id),
    queryFn: () => answerOf(api.GET('/api/v1/mailboxes/{mailbox_id}/', at(id))),
    refetchInterval: ({ state }) => (state.data?.last_ok_at ? LOOK_AGAIN_MS : FIRST_LOOK_MS),
  })
}

/** The last things that happened to a mailbox, newest first. */
export function mailboxEventsOptions(id: string) {
  return queryOptions({
    queryKey: mailboxKeys.events(id),
    queryFn: () => answerOf(api.GET('/api/v1/mailboxes/{mailbox_id}/events/', at(id))),
  })
}

const at = (id: string) => ({ params: { path: { mailbox_id: id } } })

export function createMailbox(settings: NewMailbox): Promise<Mailbox> {
  return answerOf(api.POST('/api/v1/mailboxes/', { body: settings }))
}

export function changeMailbox(id: string, change: MailboxChange): Promise<Mailbox> {
  return answerOf(api.PATCH('/api/v1/mailboxes/{mailbox_id}/', { ...at(id), body: change }))
}

export function deleteMailbox(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/mailboxes/{mailbox_id}/', at(id)))
}

export type MailboxSwitch = 'pause' | 'resume' | 'stop-sending' | 'resume-sending'

/** Pauses or resumes reading, stops or resumes everything that leaves. */
export function switchMailbox(id: string, verb: MailboxSwitch): Promise<Mailbox> {
  return answerOf(api.POST(`/api/v1/mailboxes/{mailbox_id}/${verb}/`, at(id)))
}

/** Servers and ways to sign in that are proposed for an address; nothing of it has been tried. */
export function discoverMailbox(address: string): Promise<Discovered> {
  return answerOf(api.POST('/api/v1/mailboxes/discover/', { body: { address } }))
}

/** Tries the settings step by step; with an id what is stored stands in for what is left empty. */
export function testMailbox(
  id: string | null,
  settings: MailboxTestSettings,
): Promise<MailboxTest> {
  return answerOf(
    api.POST('/api/v1/mailboxes/test/', { body: id ? { ...settings, mailbox: id } : settings }),
  )
}
