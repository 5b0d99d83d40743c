import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { mailboxesOptions } from '../../services/mailboxes'
import { setupOptions } from '../../services/setup'
import { useMay } from '../../services/useSession'
import { hasFilter, type InboxSearch, type InboxView } from './inboxQuery'

interface EmptyInboxProps {
  view: InboxView
  search: InboxSearch
  onClear: () => void
}

const WORK_VIEWS: InboxView[] = ['mine', 'unassigned', 'open', 'waiting', 'attention']

/** Filtered, never configured, or simply done: three different reasons for no rows. */
export function EmptyInbox({ view, search, onClear }: EmptyInboxProps) {
  const { t } = useTranslation()
  const mayConnect = useMay('mailbox.write')
  const { data: mailboxes } = useQuery({ ...mailboxesOptions(), enabled: mayConnect })
  const { data: setup } = useQuery(setupOptions())
  if (hasFilter(search)) {
    return (
      <EmptyState
        icon="filter"
        title={t('inbox:empty.filtered')}
        text={t('inbox:empty.filteredText')}
      >
        <Button variant="default" onClick={onClear}>
          {t('inbox:clearFilters')}
        </Button>
      </EmptyState>
    )
  }
  if (mailboxes?.length === 0) {
    return (
      <EmptyState
        icon="mailbox"
        title={t('inbox:empty.noMailbox')}
        text={t('inbox:empty.noMailboxText')}
      >
        <Button component={Link} to="/mailboxes/new">
          {t('inbox:empty.connect')}
        </Button>
        {setup?.demo && (
          <Button component={Link} to="/postbox" variant="default">
            {t('inbox:empty.tryPostbox')}
          </Button>
        )}
      </EmptyState>
    )
  }
  if (WORK_VIEWS.includes(view)) {
    return (
      <EmptyState
        icon="check"
        tone="done"
        title={t('inbox:empty.done')}
        text={t(`inbox:empty.text.${view}`)}
      />
    )
  }
  return <EmptyState icon="inbox" title={t('inbox:empty.nothing')} />
}
