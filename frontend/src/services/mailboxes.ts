import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { Mailbox, MailboxChange, MailboxTest, NewMailbox } from './types'

export const mailboxKeys = {
  list: ['mailboxes'] as const,
  detail: (id: string) => ['mailbox', id] as const,
}

export function mailboxesOptions() {
  return queryOptions({
    queryKey: mailboxKeys.list,
    queryFn: () => answerOf(api.GET('/api/v1/mailboxes/')),
    staleTime: 30_000,
  })
}

export function mailboxOptions(id: string) {
  return queryOptions({
    queryKey: mailboxKeys.detail(id),
    queryFn: () => answerOf(api.GET('/api/v1/mailboxes/{mailbox_id}/', at(id))),
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

/** Tries the settings step by step; with an id the stored passwords stand in for empty ones. */
export function testMailbox(id: string | null, settings: NewMailbox): Promise<MailboxTest> {
  return answerOf(
    api.POST('/api/v1/mailboxes/test/', { body: id ? { ...settings, mailbox: id } : settings }),
  )
}
