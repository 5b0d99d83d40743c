import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { Contact, ContactChange, NewContact } from './types'

const at = (id: string) => ({ params: { path: { contact_id: id } } })

export const contactKeys = {
  lists: ['contacts'] as const,
  detail: (id: string) => ['contact', id] as const,
}

export function contactListOptions(search: string) {
  return infiniteQueryOptions({
    queryKey: [...contactKeys.lists, search],
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/contacts/', {
          params: { query: { search, cursor: pageParam ?? undefined, limit: 50 } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function contactOptions(id: string) {
  return queryOptions({
    queryKey: contactKeys.detail(id),
    queryFn: () => answerOf(api.GET('/api/v1/contacts/{contact_id}/', at(id))),
  })
}

/** The first of `addresses` becomes the primary one. */
export function createContact(contact: NewContact): Promise<Contact> {
  return answerOf(api.POST('/api/v1/contacts/', { body: contact }))
}

export function changeContact(id: string, change: ContactChange): Promise<Contact> {
  return answerOf(api.PATCH('/api/v1/contacts/{contact_id}/', { ...at(id), body: change }))
}

export function deleteContact(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/contacts/{contact_id}/', at(id)))
}

/** Lets mail leave again for an address that was suspended. */
export function resumeAddress(id: string, address: string): Promise<Contact> {
  return answerOf(
    api.POST('/api/v1/contacts/{contact_id}/addresses/resume/', { ...at(id), body: { address } }),
  )
}
