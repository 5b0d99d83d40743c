import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { foldText } from '../../components/foldText'
import { Icon } from '../../components/Icon'
import { ListSearch } from '../../components/ListSearch'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import { TableSkeleton } from '../../components/TableSkeleton'
import { watchedMailboxesOptions } from '../../services/mailboxes'
import { setupOptions } from '../../services/setup'
import type { Mailbox } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './cards.module.css'
import { isInTrouble, worstFirst } from './health'
import { MailboxCard } from './MailboxCard'
import { MailboxEvents } from './MailboxEvents'

const route = getRouteApi('/desk/mailboxes')

type Filter = 'trouble' | 'paused'
const FILTERS: Record<Filter, (mailbox: Mailbox) => boolean> = {
  trouble: isInTrouble,
  paused: ({ state }) => state === 'paused',
}
/** From this many on a search field is worth its room. */
const SEARCH_FROM = 6

export function MailboxesPage() {
  const { t } = useTranslation()
  const mailboxes = useQuery(watchedMailboxesOptions())
  const canWrite = useMay('mailbox.write')
  return (
    <PageFrame
      title={t('shell:mailboxes')}
      actions={
        canWrite && (
          <>
            <Button
              component={Link}
              to="/mailboxes/providers"
              variant="default"
              leftSection={<Icon name="key" />}
            >
              {t('mailboxes:providers.link')}
            </Button>
            <Button
              component={Link}
              to="/mailboxes/$mailboxId"
              params={{ mailboxId: 'new' } as never}
              leftSection={<Icon name="plus" />}
            >
              {t('mailboxes:connect')}
            </Button>
          </>
        )
      }
    >
      {mailboxes.isPending && <TableSkeleton />}
      {mailboxes.isError && (
        <LoadProblem error={mailboxes.error} onRetry={() => void mailboxes.refetch()} />
      )}
      {mailboxes.data?.length === 0 && <NoMailbox canWrite={canWrite} />}
      {mailboxes.data && mailboxes.data.length > 0 && (
        <Cards mailboxes={mailboxes.data} canWrite={canWrite} />
      )}
    </PageFrame>
  )
}

function NoMailbox({ canWrite }: { canWrite: boolean }) {
  const { t } = useTranslation()
  const { data: setup } = useQuery(setupOptions())
  return (
    <EmptyState icon="mailbox" title={t('mailboxes:none')} text={t('mailboxes:noneText')}>
      {canWrite && (
        <Button component={Link} to="/mailboxes/$mailboxId" params={{ mailboxId: 'new' } as never}>
          {t('mailboxes:connect')}
        </Button>
      )}
      {setup?.demo && (
        <Button component={Link} to="/postbox" variant="default">
          {t('shell:postbox')}
        </Button>
      )}
    </EmptyState>
  )
}

function Cards({ mailboxes, canWrite }: { mailboxes: Mailbox[]; canWrite: boolean }) {
  const { t } = useTranslation()
  const { show, search = '', events } = route.useSearch()
  const navigate = route.useNavigate()
  const filter = show === 'trouble' || show === 'paused' ? show : null
  const words = foldText(search)
  const shown = worstFirst(mailboxes).filter(
    (one) =>
      (!filter || FILTERS[filter](one)) && foldText(`${one.name} ${one.address}`).includes(words),
  )
  const change = (part: { show?: string; search?: string; events?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true })
  return (
    <div className={classes.cards}>
      <div className={classes.filters}>
        <FilterButton
          label={t('mailboxes:show.all')}
          count={mailboxes.length}
          pressed={!filter}
          onPress={() => change({ show: undefined })}
        />
        {(Object.keys(FILTERS) as Filter[]).map((name) => (
          <FilterButton
            key={name}
            label={t(`mailboxes:show.${name}`)}
            count={mailboxes.filter(FILTERS[name]).length}
            tone={name === 'trouble' ? 'problem' : undefined}
            pressed={filter === name}
            onPress={() => change({ show: name })}
          />
        ))}
        <span className={classes.grow} />
        {mailboxes.length >= SEARCH_FROM && (
          <ListSearch
            label={t('mailboxes:search')}
            value={search}
            width={220}
            onChange={(text) => change({ search: text || undefined })}
          />
        )}
      </div>
      {shown.length === 0 && <p className={classes.none}>{t('mailboxes:noneShown')}</p>}
      <ul className={classes.list}>
        {shown.map((mailbox) => (
          <MailboxCard
            key={mailbox.id}
            mailbox={mailbox}
            canWrite={canWrite}
            onEvents={() => change({ events: mailbox.id })}
          />
        ))}
      </ul>
      <MailboxEvents
        mailbox={mailboxes.find(({ id }) => id === events)}
        onClose={() => change({ events: undefined })}
      />
    </div>
  )
}

interface FilterButtonProps {
  label: string
  count: number
  tone?: 'problem'
  pressed: boolean
  onPress: () => void
}

function FilterButton({ label, count, tone, pressed, onPress }: FilterButtonProps) {
  return (
    <button
      type="button"
      className={classes.filter}
      data-tone={count > 0 ? tone : undefined}
      aria-pressed={pressed}
      onClick={onPress}
    >
      {label} <span className={classes.count}>{count}</span>
    </button>
  )
}
