import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Contact, Page } from './types'

export interface ContactChange {
  name?: string
  phone?: string
  notes?: string
  company_name?: string
  /** The first one is the primary address. */
  addresses?: string[]
}

export const contactKeys = {
  lists: ['contacts'] as const,
  detail: (id: string) => ['contact', id] as const,
}

export function contactListOptions(search: string) {
  return infiniteQueryOptions({
    queryKey: [...contactKeys.lists, search],
    queryFn: ({ pageParam }) =>
      request<Page<Contact>>('GET', 'contacts/', {
        query: { search, cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function contactOptions(id: string) {
  return queryOptions({
    queryKey: contactKeys.detail(id),
    queryFn: () => request<Contact>('GET', `contacts/${id}/`),
  })
}

export function createContact(contact: ContactChange): Promise<Contact> {
  return request('POST', 'contacts/', { body: contact })
}

export function changeContact(id: string, change: ContactChange): Promise<Contact> {
  return request('PATCH', `contacts/${id}/`, { body: change })
}

export function deleteContact(id: string): Promise<void> {
  return request('DELETE', `contacts/${id}/`)
}
