import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LoadProblem } from '../../components/LoadProblem'
import { useCommand } from '../../components/useCommand'
import { useWidth } from '../../components/useWidth'
import { noteLeaving } from '../../services/leaving'
import { useNeighbours } from '../../services/openList'
import { usePreference } from '../../services/preferences'
import { ticketOptions } from '../../services/tickets'
import type { TicketDetail } from '../../services/types'
import { useMay, useMe } from '../../services/useSession'
import { type AfterSend, Composer } from './Composer'
import { SidePanel } from './SidePanel'
import { Thread } from './Thread'
import { TicketBanner } from './TicketBanner'
import { TicketHeader } from './TicketHeader'
import classes from './TicketPage.module.css'
import { TicketPickers } from './TicketPickers'
import { useBackToList } from './useBackToList'
import { useTicketActions } from './useTicketActions'
import { useTicketCommands } from './useTicketCommands'
import { useTravelCommands } from './useTravelCommands'

/** From this width on the details stand beside the thread; below they open over it. */
const ROOM_FOR_PANEL = 900

/** One ticket, as a page of its own or in the inbox's reading pane. */
export function TicketPage() {
  const { ticketId = '' } = useParams({ strict: false })
  const ticket = useQuery(ticketOptions(ticketId))
  useTravelCommands(ticketId)
  if (ticket.isPending) return <TicketSkeleton />
  if (!ticket.data)
    return <LoadProblem error={ticket.error} onRetry={() => void ticket.refetch()} />
  return <TicketView key={ticketId} ticket={ticket.data} />
}

function TicketView({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const page = useRef<HTMLElement>(null)
  const width = useWidth(page)
  const [wanted, setWanted] = usePreference('detailsOpen')
  const [over, setOver] = useState(false)
  const alive = ticket.deleted_at === null
  const canWrite = useMay('ticket.write') && alive
  const canNote = useMay('ticket.note') && alive
  const actions = useTicketActions(ticket)
  const beside = width >= ROOM_FOR_PANEL
  const panel = beside ? (wanted ? 'beside' : 'none') : over ? 'over' : 'none'
  const togglePanel = () => (beside ? setWanted(!wanted) : setOver(!over))
  useCommand(
    {
      id: 'ticket-panel-close',
      label: t('ticket:panel.hide'),
      group: t('common:group.ticket'),
      keys: 'Escape',
      run: () => setOver(false),
    },
    panel === 'over',
  )
  const goOn = useAfterSend(ticket.id)
  useNoteLeaving(ticket)
  const commands = useTicketCommands(ticket, actions, canWrite, togglePanel)

  return (
    <article className={classes.page} ref={page} aria-label={`${ticket.number} ${ticket.subject}`}>
      <TicketHeader
        ticket={ticket}
        actions={actions}
        canWrite={canWrite}
        narrow={!beside}
        panelOpen={panel !== 'none'}
        onPanel={togglePanel}
      />
      <TicketBanner ticket={ticket} actions={actions} canWrite={canWrite} />
      <div className={classes.body} data-panel={panel}>
        <div className={classes.talk}>
          <Thread ticket={ticket} />
          {canNote && <Composer key={ticket.id} ticket={ticket} onSent={goOn} />}
        </div>
        {panel !== 'none' && (
          <aside className={classes.panel} aria-label={t('ticket:panel.title')}>
            <SidePanel ticket={ticket} actions={actions} canWrite={canWrite} />
          </aside>
        )}
      </div>
      <TicketPickers ticket={ticket} actions={actions} {...commands} />
    </article>
  )
}

/** Where this person wants to be after a reply: here, at the next ticket or back in the list. */
function useAfterSend(ticketId: string): (after: AfterSend) => void {
  const { inList, back, open } = useBackToList()
  const { next } = useNeighbours(ticketId)
  return (after) => {
    if (after === 'stay' || !inList) return
    if (after === 'next' && next) open(next)
    else back()
  }
}

/** My replies that can still be taken back are remembered for when this page is left. */
function useNoteLeaving({ id, messages }: TicketDetail): void {
  const me = useMe()
  useEffect(() => {
    for (const message of messages) if (message.author?.id === me.id) noteLeaving(id, message)
  }, [id, messages, me.id])
}

function TicketSkeleton() {
  const { t } = useTranslation()
  return (
    <div className={classes.skeleton} role="status" aria-label={t('common:loading')}>
      <Skeleton height={22} width="60%" />
      <Skeleton height={12} width="35%" />
      <Skeleton height={90} />
      <Skeleton height={12} width="30%" />
      <Skeleton height={120} />
    </div>
  )
}
