import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { DemoMark } from '../../components/DemoMark'
import { EmptyState } from '../../components/EmptyState'
import { Icon } from '../../components/Icon'
import { ListSearch } from '../../components/ListSearch'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import classes from '../../components/PageFrame.module.css'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { contactListOptions } from '../../services/contacts'
import type { Contact } from '../../services/types'
import { usePages } from '../../services/usePages'
import { useMay } from '../../services/useSession'
import own from './contacts.module.css'
import { NewContactDialog } from './NewContactDialog'

const route = getRouteApi('/desk/contacts')

export function ContactsPage() {
  const { t } = useTranslation()
  const { search = '' } = route.useSearch()
  const navigate = useNavigate()
  const list = useInfiniteQuery(contactListOptions(search))
  const rows = usePages(list)
  const [creating, setCreating] = useState(false)
  const canWrite = useMay('contact.write')
  const setSearch = (text: string) =>
    void navigate({ to: '/contacts', search: text ? { search: text } : {}, replace: true })

  return (
    <PageFrame
      title={t('shell:contacts')}
      actions={
        <>
          <ListSearch label={t('contacts:search')} value={search} onChange={setSearch} />
          {canWrite && (
            <Button leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
              {t('contacts:new')}
            </Button>
          )}
        </>
      }
    >
      {list.isPending && <TableSkeleton />}
      {list.isError && <LoadProblem error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <EmptyState
          icon={search ? 'search' : 'users'}
          title={t(search ? 'contacts:noneFound' : 'contacts:none')}
          text={t(search ? 'contacts:noneFoundText' : 'contacts:noneText')}
        >
          {search && (
            <Button variant="default" onClick={() => setSearch('')}>
              {t('shell:clearSearch')}
            </Button>
          )}
        </EmptyState>
      )}
      {rows.length > 0 && <ContactTable rows={rows} />}
      {list.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('common:loadMore')}
          </Button>
        </div>
      )}
      <NewContactDialog opened={creating} onClose={() => setCreating(false)} />
    </PageFrame>
  )
}

function ContactTable({ rows }: { rows: Contact[] }) {
  const { t } = useTranslation()
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th>{t('contacts:name')}</th>
          <th>{t('contacts:address')}</th>
          <th>{t('contacts:company')}</th>
          <th className={classes.number}>{t('contacts:tickets')}</th>
          <th>{t('contacts:lastTicket')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((contact) => (
          <ContactRow key={contact.id} contact={contact} />
        ))}
      </tbody>
    </table>
  )
}

function ContactRow({ contact }: { contact: Contact }) {
  const { t } = useTranslation()
  const primary = contact.addresses.find((entry) => entry.is_primary) ?? contact.addresses[0]
  const name = contact.name || primary?.address || t('contacts:nameless')
  return (
    <tr>
      <td>
        <span className={own.name}>
          <Avatar name={name} size={24} />
          <Link
            to="/contacts/$contactId"
            params={{ contactId: contact.id }}
            className={classes.rowLink}
          >
            {name}
          </Link>
          {contact.is_demo && <DemoMark />}
        </span>
      </td>
      <td title={primary?.address}>
        {primary?.address}
        {contact.addresses.length > 1 && (
          <span className={classes.faint}> +{contact.addresses.length - 1}</span>
        )}
      </td>
      <td>{contact.company?.name}</td>
      <td className={classes.number}>{contact.ticket_count}</td>
      <td>{contact.last_ticket_at && <TimeText at={contact.last_ticket_at} />}</td>
    </tr>
  )
}
