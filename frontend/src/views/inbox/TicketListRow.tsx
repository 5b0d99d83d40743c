import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { DemoMark } from '../../components/DemoMark'
import { Icon } from '../../components/Icon'
import { PriorityMark } from '../../components/PriorityMark'
import { StatusMark } from '../../components/StatusMark'
import { TimeText } from '../../components/TimeText'
import { statusName } from '../../services/statuses'
import type { TicketRow } from '../../services/types'
import { useStatuses } from '../../services/useTicketOptions'
import type { RowProps } from './rowProps'
import classes from './TicketListRow.module.css'

/** Who, when, what about, the last words; on the right only what asks for attention. */
export function TicketListRow({ row, view, top, isOpen, isCurrent, onFocus }: RowProps) {
  const { t } = useTranslation()
  const name = row.contact.name || row.contact.address
  return (
    <Link
      to="/inbox/$view/$ticketId"
      params={{ view, ticketId: row.id }}
      search={(search) => search}
      className={classes.row}
      style={{ transform: `translateY(${top}px)` }}
      data-ticket={row.id}
      data-open={isOpen}
      data-unanswered={row.last_direction === 'in' && row.status_category === 'open'}
      data-mark={row.needs_attention ? 'attention' : undefined}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={onFocus}
    >
      <Avatar name={name} />
      <span className={classes.text}>
        <span className={classes.line}>
          <span className={classes.name}>{name}</span>
          {row.is_demo && <DemoMark />}
          <TimeText at={row.last_activity_at} className={classes.meta} />
        </span>
        <span className={classes.line}>
          <span className={classes.subject}>{row.subject || t('inbox:noSubject')}</span>
          <RowMarks row={row} />
        </span>
        <span className={classes.line}>
          <span className={classes.preview}>
            {row.last_direction === 'out' && (
              <span className={classes.outgoing}>
                <Icon name="outgoing" size={14} label={t('inbox:lastWordOurs')} />
              </span>
            )}
            {row.preview}
          </span>
          {row.assignee && (
            <Avatar name={row.assignee.name} size={18} tone="agent" title={row.assignee.name} />
          )}
        </span>
      </span>
    </Link>
  )
}

function RowMarks({ row }: { row: TicketRow }) {
  const { t, i18n } = useTranslation()
  const status = useStatuses().find((entry) => entry.slug === row.status)
  return (
    <>
      {row.needs_attention && (
        <span className={classes.attention}>
          <Icon name="alert" size={14} label={t('inbox:needsAttention')} />
        </span>
      )}
      {row.priority !== 'normal' && <PriorityMark priority={row.priority} iconOnly />}
      <StatusMark
        category={row.status_category}
        name={statusName(status, i18n.language)}
        iconOnly
      />
    </>
  )
}
