import { useNavigate, useParams } from '@tanstack/react-router'

/** Leads back to the list the ticket was opened from, filters included. */
export function useBackToList() {
  const navigate = useNavigate()
  const { view } = useParams({ strict: false })
  return {
    inList: view !== undefined,
    back: () =>
      void navigate({
        to: '/inbox/$view',
        params: { view: view ?? 'open' },
        search: view === undefined ? {} : true,
      }),
    open: (ticketId: string) =>
      void navigate({
        to: '/inbox/$view/$ticketId',
        params: { view: view ?? 'open', ticketId },
        search: true,
        replace: true,
      }),
  }
}
