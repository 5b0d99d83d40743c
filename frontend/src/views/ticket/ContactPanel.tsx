import { Anchor, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { StatusMark } from '../../components/StatusMark'
import { TimeText } from '../../components/TimeText'
import { contactOptions } from '../../services/contacts'
import { statusName } from '../../services/statuses'
import { recentTicketsOptions } from '../../services/tickets'
import type { Contact, TicketDetail } from '../../services/types'
import { useStatuses } from '../../services/useTicketOptions'
import classes from './SidePanel.module.css'

const SHOWN_TICKETS = 5

/** Who the customer is and what they wrote before. */
export function ContactPanel({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const { data: contact } = useQuery(contactOptions(ticket.contact.id))
  const name = ticket.contact.name || ticket.contact.address
  return (
    <>
      <div className={classes.person}>
        <Avatar name={name} size={36} />
        <div>
          <div className={classes.personName}>{name}</div>
          <Anchor
            component={Link}
            to="/contacts/$contactId"
            params={{ contactId: ticket.contact.id } as never}
            size="xs"
          >
            {t('ticket:openContact')}
          </Anchor>
        </div>
      </div>
      {contact ? <ContactLines contact={contact} /> : <Skeleton height={60} />}
      {contact?.notes && (
        <>
          <h2 className={classes.heading}>{t('ticket:contactNotes')}</h2>
          <p className={classes.notes}>{contact.notes}</p>
        </>
      )}
      <OtherTickets ticket={ticket} />
    </>
  )
}

function ContactLines({ contact }: { contact: Contact }) {
  return (
    <ul className={classes.lines}>
      {contact.addresses.map((entry) => (
        <li key={entry.address} className={classes.lineItem}>
          <Icon name="mailbox" size={14} />
          {entry.address}
        </li>
      ))}
      {contact.phone && (
        <li className={classes.lineItem}>
          <Icon name="phone" size={14} />
          {contact.phone}
        </li>
      )}
      {contact.company && (
        <li className={classes.lineItem}>
          <Icon name="company" size={14} />
          {contact.company.name}
        </li>
      )}
    </ul>
  )
}

function OtherTickets({ ticket }: { ticket: TicketDetail }) {
  const { t, i18n } = useTranslation()
  const { data } = useQuery(recentTicketsOptions(ticket.contact.id))
  const statuses = useStatuses()
  const others = (data?.results ?? []).filter((row) => row.id !== ticket.id).slice(0, SHOWN_TICKETS)
  return (
    <>
      <h2 className={classes.heading}>{t('ticket:otherTickets')}</h2>
      {data && others.length === 0 && <p className={classes.notes}>{t('ticket:noOtherTickets')}</p>}
      {others.map((row) => (
        <Link
          key={row.id}
          to="/tickets/$ticketId"
          params={{ ticketId: row.id }}
          className={classes.ticket}
        >
          <StatusMark
            category={row.status_category}
            name={statusName(
              statuses.find((one) => one.slug === row.status),
              i18n.language,
            )}
            iconOnly
          />
          <span className={classes.ticketSubject}>{row.subject}</span>
          <TimeText at={row.last_activity_at} className={classes.meta} />
        </Link>
      ))}
    </>
  )
}
