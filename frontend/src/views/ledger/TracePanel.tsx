import { Button, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { Icon } from '../../components/Icon'
import { ListFooter } from '../../components/ListFooter'
import { LoadProblem } from '../../components/LoadProblem'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { traceOptions } from '../../services/ledger'
import type { BehindMailbox, DeliveryState, Fate, InboundState, Trace } from '../../services/types'
import { DeliveryStateSign, FateSign } from './Fate'
import { InboundActions, OutboundActions } from './MailActions'
import { TicketLink } from './TicketLink'
import { Timeline } from './Timeline'
import classes from './trace.module.css'

/** Where is my e-mail? One box to paste into; every mail that is meant, step by step. */
export function TracePanel({ q }: { q: string }) {
  const { t } = useTranslation()
  const list = useInfiniteQuery(traceOptions(q))
  const found = list.data?.pages.flatMap((page) => page.results) ?? []
  const first = list.data?.pages[0]
  return (
    <div className={classes.panel}>
      <AskForm q={q} />
      {q === '' && (
        <EmptyState
          icon="search"
          title={t('ledger:trace.title')}
          text={t('ledger:trace.explained')}
        />
      )}
      {q !== '' && list.isPending && <TableSkeleton />}
      {list.isError && <LoadProblem error={list.error} onRetry={() => void list.refetch()} />}
      {first && (
        <>
          <p className={classes.asked} role="status">
            {t(`ledger:asked.${first.asked}`, { count: found.length, q })}
          </p>
          {found.length === 0 && !list.hasNextPage && (
            <EmptyState
              icon="mailbox"
              title={t('ledger:trace.none')}
              text={t('ledger:trace.noneText')}
            />
          )}
          <ul className={classes.cards} aria-label={t('ledger:trace.found')}>
            {found.map((one) => (
              <TraceCard key={`${one.direction} ${one.id}`} trace={one} />
            ))}
          </ul>
          <Behind mailboxes={first.behind} />
          <ListFooter
            hasMore={list.hasNextPage}
            busy={list.isFetchingNextPage}
            onMore={() => void list.fetchNextPage()}
          />
        </>
      )}
    </div>
  )
}

function AskForm({ q }: { q: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  const ask = (event: FormEvent) => {
    event.preventDefault()
    void navigate({
      to: '/ledger/$direction',
      params: { direction: 'trace' },
      search: text.trim() ? { q: text.trim() } : {},
    })
  }
  return (
    <form className={classes.form} role="search" onSubmit={ask}>
      <TextInput
        className={classes.field}
        label={t('ledger:trace.label')}
        description={t('ledger:trace.help')}
        data-autofocus
        autoFocus
        value={text}
        maxLength={998}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" leftSection={<Icon name="search" />}>
        {t('ledger:trace.ask')}
      </Button>
    </form>
  )
}

function TraceCard({ trace }: { trace: Trace }) {
  const { t } = useTranslation()
  const inbound = trace.direction === 'in'
  const subject = trace.subject || t('ledger:noSubject')
  return (
    <li className={classes.card} data-trace={trace.id}>
      <article aria-label={subject}>
        <div className={classes.top}>
          <Icon
            name={inbound ? 'inbox' : 'outgoing'}
            label={t(inbound ? 'ledger:inbound' : 'ledger:outbound')}
          />
          <h2 className={classes.subject} title={subject}>
            {subject}
          </h2>
          <TicketLink ticket={trace.ticket} />
          {inbound ? <InboundSign trace={trace} /> : <OutboundSign trace={trace} />}
        </div>
        <p className={classes.way}>
          {t('ledger:trace.way', { from: trace.from_address, to: trace.to.join(', ') })}
          {' · '}
          {trace.mailbox.name}
        </p>
        {trace.message_id && <p className={classes.id}>{trace.message_id}</p>}
        <Timeline direction={trace.direction} steps={trace.steps} waiting={trace.waiting} />
        <div className={classes.actions}>
          {inbound ? (
            <InboundActions
              id={trace.id}
              state={trace.end_state}
              hasOriginal={trace.has_original}
            />
          ) : (
            <OutboundActions id={trace.id} state={trace.end_state} />
          )}
        </div>
      </article>
    </li>
  )
}

function InboundSign({ trace }: { trace: Trace }) {
  const state = trace.end_state
  return trace.ended ? (
    <FateSign fate={state as Fate} state="done" />
  ) : (
    <FateSign fate={null} state={state as InboundState} />
  )
}

function OutboundSign({ trace }: { trace: Trace }) {
  return <DeliveryStateSign state={trace.end_state as DeliveryState} />
}

/** Whoever misses a mail must know which mailboxes may still hold it. */
function Behind({ mailboxes }: { mailboxes: BehindMailbox[] }) {
  const { t } = useTranslation()
  if (mailboxes.length === 0) return null
  return (
    <div className={classes.behind}>
      {t('ledger:trace.behind')}
      <ul>
        {mailboxes.map((one) => (
          <li key={one.mailbox.id}>
            {one.mailbox.name}: {t(behindWords(one), { count: one.unfetched })}
            {one.last_ok_at && (
              <>
                {' · '}
                {t('ledger:trace.lastRead')} <TimeText at={one.last_ok_at} form="ago" />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}

function behindWords(one: BehindMailbox): string {
  if (one.state === 'paused') return 'ledger:behind.paused'
  if (one.failures > 0) return 'ledger:behind.failing'
  return 'ledger:behind.unfetched'
}
