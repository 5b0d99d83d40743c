import { queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Mailbox, MailboxSettings, MailboxState, MailboxTest } from './types'

export const mailboxKeys = {
  list: ['mailboxes'] as const,
  detail: (id: string) => ['mailbox', id] as const,
}

export function mailboxesOptions() {
  return queryOptions({
    queryKey: mailboxKeys.list,
    queryFn: () => request<Mailbox[]>('GET', 'mailboxes/'),
    staleTime: 30_000,
  })
}

export function mailboxOptions(id: string) {
  return queryOptions({
    queryKey: mailboxKeys.detail(id),
    queryFn: () => request<Mailbox>('GET', `mailboxes/${id}/`),
  })
}

export type MailboxChange = Partial<MailboxSettings> & { state?: MailboxState }

export function createMailbox(settings: MailboxChange): Promise<Mailbox> {
  return request('POST', 'mailboxes/', { body: settings })
}

export function changeMailbox(id: string, change: MailboxChange): Promise<Mailbox> {
  return request('PATCH', `mailboxes/${id}/`, { body: change })
}

export function deleteMailbox(id: string): Promise<void> {
  return request('DELETE', `mailboxes/${id}/`)
}

/** Tries the settings step by step; with an id the stored passwords stand in for empty ones. */
export function testMailbox(id: string | null, settings: MailboxChange): Promise<MailboxTest> {
  return request('POST', 'mailboxes/test/', { body: id ? { ...settings, mailbox: id } : settings })
}
