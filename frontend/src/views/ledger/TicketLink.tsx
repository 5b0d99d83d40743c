import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'

export function TicketLink({ ticket }: { ticket: { id: string; number: number } | null }) {
  if (!ticket) return null
  return (
    <Anchor
      component={Link}
      to="/tickets/$ticketId"
      params={{ ticketId: ticket.id } as never}
      size="xs"
      // The row around it opens something else.
      onClick={(event) => event.stopPropagation()}
    >
      #{ticket.number}
    </Anchor>
  )
}
