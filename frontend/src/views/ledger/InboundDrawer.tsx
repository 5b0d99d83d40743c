import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { fileSize } from '../../components/fileSize'
import { LoadProblem } from '../../components/LoadProblem'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { inboundStoryOptions } from '../../services/ledger'
import type { InboundStory } from '../../services/types'
import { DetailLine } from './DetailLine'
import { FateSign } from './Fate'
import own from './ledger.module.css'
import { InboundActions } from './MailActions'
import { reasonWords } from './reason'
import { TicketLink } from './TicketLink'
import { Timeline } from './Timeline'

interface DrawerProps {
  id: string | undefined
  onClose: () => void
}

/** A received mail with its story, whether the list behind holds it or not. */
export function InboundDrawer({ id, onClose }: DrawerProps) {
  const { t } = useTranslation()
  const story = useQuery({ ...inboundStoryOptions(id ?? ''), enabled: id !== undefined })
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={560}
      title={story.data ? story.data.subject || t('ledger:noSubject') : ''}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {story.isPending && <TableSkeleton />}
      {story.isError && <LoadProblem error={story.error} onRetry={() => void story.refetch()} />}
      {story.data && <InboundDetails row={story.data} />}
    </Drawer>
  )
}

function InboundDetails({ row }: { row: InboundStory }) {
  const { t, i18n } = useTranslation()
  const reason = reasonWords(row.reason)
  return (
    <>
      <dl className={own.details}>
        <DetailLine label={t('ledger:fateColumn')}>
          <FateSign fate={row.fate} state={row.state} />
        </DetailLine>
        <DetailLine label={t('ledger:reason')}>
          {reason ? t(`ledger:reasons.${reason.key}`, reason.values) : row.reason}
        </DetailLine>
        <DetailLine label={t('ledger:from')}>{row.from_address}</DetailLine>
        <DetailLine label={t('ledger:ticket')}>
          {row.ticket && <TicketLink ticket={row.ticket} />}
        </DetailLine>
        <DetailLine label={t('common:field.mailbox')}>{row.mailbox.name}</DetailLine>
        <DetailLine label={t('ledger:received')}>
          {row.internal_date && <TimeText at={row.internal_date} form="short" />}
        </DetailLine>
        <DetailLine label={t('ledger:size')}>{fileSize(row.size, i18n.language)}</DetailLine>
        <DetailLine label={t('ledger:uid')}>{row.uid}</DetailLine>
        <DetailLine label={t('ledger:tries')}>{row.tries}</DetailLine>
        <DetailLine label={t('ledger:messageId')}>{row.message_id}</DetailLine>
        <DetailLine label={t('ledger:error')}>
          {row.error && <code className={own.code}>{row.error}</code>}
        </DetailLine>
      </dl>
      <Timeline direction="in" steps={row.steps} waiting={row.waiting} />
      <div className={own.actions}>
        <InboundActions id={row.id} state={row.fate ?? row.state} hasOriginal={row.has_original} />
      </div>
    </>
  )
}
