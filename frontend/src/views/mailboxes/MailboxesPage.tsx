import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { Icon } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import { TableSkeleton } from '../../components/TableSkeleton'
import { mailboxesOptions } from '../../services/mailboxes'
import { setupOptions } from '../../services/setup'
import { useMay } from '../../services/useSession'
import { MailboxState } from './MailboxState'
import classes from './mailboxes.module.css'

export function MailboxesPage() {
  const { t } = useTranslation()
  const mailboxes = useQuery(mailboxesOptions())
  const { data: setup } = useQuery(setupOptions())
  const canWrite = useMay('mailbox.write')
  return (
    <PageFrame
      title={t('shell:mailboxes')}
      actions={
        canWrite && (
          <Button
            component={Link}
            to="/mailboxes/$mailboxId"
            params={{ mailboxId: 'new' } as never}
            leftSection={<Icon name="plus" />}
          >
            {t('mailboxes:connect')}
          </Button>
        )
      }
    >
      {mailboxes.isPending && <TableSkeleton />}
      {mailboxes.isError && (
        <LoadProblem error={mailboxes.error} onRetry={() => void mailboxes.refetch()} />
      )}
      {mailboxes.data?.length === 0 && (
        <EmptyState icon="mailbox" title={t('mailboxes:none')} text={t('mailboxes:noneText')}>
          {canWrite && (
            <Button
              component={Link}
              to="/mailboxes/$mailboxId"
              params={{ mailboxId: 'new' } as never}
            >
              {t('mailboxes:connect')}
            </Button>
          )}
          {setup?.demo && (
            <Button component={Link} to="/postbox" variant="default">
              {t('shell:postbox')}
            </Button>
          )}
        </EmptyState>
      )}
      <ul className={classes.list}>
        {mailboxes.data?.map((mailbox) => (
          <li key={mailbox.id}>
            <Link
              to="/mailboxes/$mailboxId"
              params={{ mailboxId: mailbox.id }}
              className={classes.item}
            >
              <span className={classes.mark}>
                <Icon name="mailbox" size={18} />
              </span>
              <span>
                <span className={classes.name}>
                  {mailbox.name || mailbox.address}
                  {mailbox.is_demo && <span className={classes.tag}>{t('common:demoTag')}</span>}
                </span>
                <span className={classes.address}>{mailbox.address}</span>
              </span>
              <MailboxState mailbox={mailbox} />
            </Link>
          </li>
        ))}
      </ul>
    </PageFrame>
  )
}
