import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { LoadProblem } from '../../components/LoadProblem'
import { postboxOptions } from '../../services/postbox'
import { CUSTOMERS, type Customer } from './customers'
import { Identity } from './Identity'
import { LetterForm } from './LetterForm'
import { LetterList } from './LetterList'
import { PostboxHint } from './PostboxHint'
import classes from './PostboxPage.module.css'
import { Reading } from './Reading'

const route = getRouteApi('/desk/postbox')
const WRITE = 'write'

interface PostboxSearch {
  address?: string
  name?: string
  message?: string
}

/** The other side of the desk: a customer's webmail, over real IMAP and SMTP. */
export function PostboxPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const search: PostboxSearch = route.useSearch()
  const first = CUSTOMERS[0] as Customer
  const customer: Customer = search.address
    ? { name: search.name ?? search.address, address: search.address }
    : first
  const postbox = useQuery(postboxOptions(customer.address))
  const go = (part: PostboxSearch, replace = false) =>
    void navigate({ to: '/postbox', search: { ...customer, ...part }, replace })
  const messages = postbox.data?.messages ?? []
  const opened = messages.find((message) => `${message.folder}-${message.uid}` === search.message)

  return (
    <div className={classes.page}>
      <PostboxHint />
      <div className={classes.mail}>
        <section className={classes.side} aria-label={t('postbox:title')}>
          <Identity
            customer={customer}
            onChange={(next) => go({ ...next, message: undefined })}
            onWrite={() => go({ message: WRITE })}
          />
          <LetterList
            messages={messages}
            loading={postbox.isPending}
            opened={opened}
            onOpen={(message) => go({ message: `${message.folder}-${message.uid}` })}
          />
        </section>
        <section className={classes.reading} aria-label={t('postbox:reading')}>
          {postbox.isError && (
            <LoadProblem error={postbox.error} onRetry={() => void postbox.refetch()} />
          )}
          {search.message === WRITE && (
            <LetterForm
              key={customer.address}
              customer={customer}
              deskAddress={postbox.data?.desk_address ?? ''}
              onSent={() => go({ message: undefined }, true)}
            />
          )}
          {opened && (
            <Reading
              key={opened.message_id}
              message={opened}
              messages={messages}
              customer={customer}
              deskAddress={postbox.data?.desk_address ?? ''}
            />
          )}
          {!opened && search.message !== WRITE && !postbox.isError && (
            <EmptyState icon="postbox" title={t('postbox:empty')} text={t('postbox:emptyText')} />
          )}
        </section>
      </div>
    </div>
  )
}
