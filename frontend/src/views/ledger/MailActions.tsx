import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import {
  downloadOriginal,
  ledgerKeys,
  notSpam,
  reprocess,
  retryDelivery,
} from '../../services/ledger'
import { useMay } from '../../services/useSession'

/** Runs a change of the ledger, says how it went, and asks for the ledger again. */
function useLedgerChange(change: () => Promise<unknown>, done?: string) {
  const { t } = useTranslation()
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => done && showToast(done),
    onError: (error: Error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: ledgerKeys.all }),
  })
}

interface InboundProps {
  id: string
  /** The fate, or how far the mail has come. */
  state: string
  hasOriginal: boolean
}

/** What can be done with a received mail. */
export function InboundActions({ id, state, hasOriginal }: InboundProps) {
  const { t } = useTranslation()
  const mayChange = useMay('ledger.write')
  const original = useLedgerChange(() => downloadOriginal(id))
  const again = useLedgerChange(() => reprocess(id), t('ledger:reprocessed'))
  const release = useLedgerChange(() => notSpam(id), t('ledger:released'))
  return (
    <>
      {hasOriginal && (
        <Button
          variant="default"
          loading={original.isPending}
          leftSection={<Icon name="download" />}
          onClick={() => original.mutate()}
        >
          {t('ledger:original')}
        </Button>
      )}
      {mayChange && state === 'spam' && (
        <Button
          loading={release.isPending}
          leftSection={<Icon name="undo" />}
          onClick={() => release.mutate()}
        >
          {t('ledger:notSpam')}
        </Button>
      )}
      {mayChange && hasOriginal && state === 'quarantined' && (
        <Button
          loading={again.isPending}
          leftSection={<Icon name="refresh" />}
          onClick={() => again.mutate()}
        >
          {t('ledger:reprocess')}
        </Button>
      )}
    </>
  )
}

// Whether an uncertain mail is sent again is decided in its ticket, by who has looked.
const RETRYABLE = new Set(['failed', 'deferred'])

/** What can be done with an outgoing mail. */
export function OutboundActions({ id, state }: { id: string; state: string }) {
  const { t } = useTranslation()
  const mayRetry = useMay('ticket.reply')
  const retry = useLedgerChange(() => retryDelivery(id), t('ledger:retried'))
  if (!mayRetry || !RETRYABLE.has(state)) return null
  return (
    <Button
      loading={retry.isPending}
      leftSection={<Icon name="refresh" />}
      onClick={() => retry.mutate()}
    >
      {t('ledger:retry')}
    </Button>
  )
}
