import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { LoadProblem } from '../../components/LoadProblem'
import page from '../../components/PageFrame.module.css'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { queuesOptions } from '../../services/ledger'
import type { MailboxQueue, QueueLine } from '../../services/types'
import classes from './trace.module.css'

/** States in which something is wrong when anything is in them. */
const NEEDS_SOMEBODY = new Set(['quarantined', 'failed', 'uncertain'])

/** What waits, fails or needs a person, in all and for each mailbox. */
export function QueuesPanel() {
  const { t } = useTranslation()
  const queues = useQuery(queuesOptions())
  if (queues.isPending) return <TableSkeleton />
  if (queues.isError)
    return <LoadProblem error={queues.error} onRetry={() => void queues.refetch()} />
  const busy = queues.data.mailboxes.filter(
    (one) => one.inbound.length + one.outbound.length + one.unfetched > 0,
  )
  return (
    <div className={classes.panel}>
      <Lines direction="inbound" lines={queues.data.inbound} />
      <Lines direction="outbound" lines={queues.data.outbound} />
      {busy.length > 0 && <Mailboxes rows={busy} />}
      {busy.length === 0 && <p className={page.help}>{t('ledger:queues.idle')}</p>}
    </div>
  )
}

function Lines({ direction, lines }: { direction: 'inbound' | 'outbound'; lines: QueueLine[] }) {
  const { t } = useTranslation()
  const inbound = direction === 'inbound'
  const title = t(inbound ? 'ledger:inbound' : 'ledger:outbound')
  return (
    <>
      <h2 className={page.heading}>{title}</h2>
      <table className={`${page.table} ${classes.even}`} aria-label={title}>
        <thead>
          <tr>
            <th>{t('ledger:queues.state')}</th>
            <th className={page.number}>{t('ledger:queues.count')}</th>
            <th>{t('ledger:queues.oldest')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.state}>
              <td>
                <Link
                  to="/ledger/$direction"
                  params={{ direction }}
                  search={
                    line.state === 'quarantined' ? { fate: line.state } : { state: line.state }
                  }
                >
                  {t(inbound ? `ledger:state.${line.state}` : `ledger:delivery.${line.state}`)}
                </Link>
              </td>
              <td
                className={`${page.number} ${classes.count}`}
                data-tone={NEEDS_SOMEBODY.has(line.state) && line.count > 0 ? 'problem' : undefined}
              >
                {line.count}
              </td>
              <td>{line.oldest && <TimeText at={line.oldest} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function Mailboxes({ rows }: { rows: MailboxQueue[] }) {
  const { t } = useTranslation()
  const sum = (lines: QueueLine[]) => lines.reduce((total, line) => total + line.count, 0)
  return (
    <>
      <h2 className={page.heading}>{t('ledger:queues.mailboxes')}</h2>
      <table className={`${page.table} ${classes.even}`} aria-label={t('ledger:queues.mailboxes')}>
        <thead>
          <tr>
            <th>{t('common:field.mailbox')}</th>
            <th className={page.number}>{t('ledger:queues.unfetched')}</th>
            <th className={page.number}>{t('ledger:inbound')}</th>
            <th className={page.number}>{t('ledger:outbound')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.mailbox.id}>
              <td>{row.mailbox.name}</td>
              <td className={page.number}>{row.unfetched}</td>
              <td className={page.number}>{sum(row.inbound)}</td>
              <td className={page.number}>{sum(row.outbound)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
