import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { DemoMark } from '../../components/DemoMark'
import { Icon } from '../../components/Icon'
import { PriorityMark } from '../../components/PriorityMark'
import { StatusMark } from '../../components/StatusMark'
import { TimeText } from '../../components/TimeText'
import { statusName } from '../../services/statuses'
import { useStatuses } from '../../services/useTicketOptions'
import type { RowProps } from './rowProps'
import classes from './TicketTable.module.css'

const COLUMNS = [
  'number',
  'subject',
  'contact',
  'status',
  'priority',
  'assignee',
  'waiting',
  'updated',
]
const SHOWN_TAGS = 2

export function TicketTableHead() {
  const { t } = useTranslation()
  return (
    <div className={`${classes.grid} ${classes.head}`} role="row">
      {COLUMNS.map((column) => (
        <span key={column} role="columnheader">
          {t(`inbox:column.${column}`)}
        </span>
      ))}
    </div>
  )
}

export function TicketTableRow({ row, view, top, isCurrent, onFocus }: RowProps) {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const status = useStatuses().find((entry) => entry.slug === row.status)
  const to = { to: '/inbox/$view/$ticketId', params: { view, ticketId: row.id } } as const
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is the keyboard's way
    <div
      className={`${classes.grid} ${classes.row}`}
      style={{ transform: `translateY(${top}px)` }}
      role="row"
      tabIndex={-1}
      data-unanswered={row.last_direction === 'in' && row.status_category === 'open'}
      onClick={() => void navigate({ ...to, search: (search) => search })}
    >
      <span role="cell" className={`${classes.cell} ${classes.number}`}>
        {row.number}
      </span>
      <span role="cell" className={classes.cell}>
        {row.needs_attention && (
          <span className={classes.attention}>
            <Icon name="alert" size={14} label={t('inbox:needsAttention')} />
          </span>
        )}
        <Link
          {...to}
          search={(search) => search}
          className={classes.subject}
          data-ticket={row.id}
          tabIndex={isCurrent ? 0 : -1}
          onFocus={onFocus}
          onClick={(event) => event.stopPropagation()}
        >
          {row.subject || t('inbox:noSubject')}
        </Link>
        {row.is_demo && <DemoMark />}
        {row.tags.slice(0, SHOWN_TAGS).map((tag) => (
          <span key={tag} className={classes.tag}>
            {tag}
          </span>
        ))}
      </span>
      <span role="cell" className={classes.cell} title={row.contact.address}>
        <span className={classes.ellipsis}>{row.contact.name || row.contact.address}</span>
      </span>
      <span role="cell" className={classes.cell}>
        <StatusMark category={row.status_category} name={statusName(status, i18n.language)} />
      </span>
      <span role="cell" className={classes.cell}>
        <PriorityMark priority={row.priority} />
      </span>
      <span role="cell" className={classes.cell}>
        {row.assignee && (
          <>
            <Avatar name={row.assignee.name} size={20} tone="agent" />
            <span className={classes.ellipsis}>{row.assignee.name}</span>
          </>
        )}
      </span>
      <span role="cell" className={classes.cell}>
        {row.waiting_since && <TimeText at={row.waiting_since} />}
      </span>
      <span role="cell" className={classes.cell}>
        <TimeText at={row.last_activity_at} />
      </span>
    </div>
  )
}
