import { ActionIcon, Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { Icon } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import classes from '../../components/PageFrame.module.css'
import { problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { showToast } from '../../components/toasts'
import { contactKeys, contactOptions, deleteContact } from '../../services/contacts'
import { isProblem } from '../../services/problem'
import type { Contact } from '../../services/types'
import { useMay } from '../../services/useSession'
import { ContactForm } from './ContactForm'
import { ContactTickets } from './ContactTickets'
import own from './contacts.module.css'

export function ContactPage() {
  const { contactId = '' } = useParams({ strict: false })
  const contact = useQuery(contactOptions(contactId))
  if (contact.isPending) return <TableSkeleton />
  if (!contact.data)
    return <LoadProblem error={contact.error} onRetry={() => void contact.refetch()} />
  return <ContactView contact={contact.data} />
}

function ContactView({ contact }: { contact: Contact }) {
  const { t } = useTranslation()
  const canWrite = useMay('contact.write')
  const name = contact.name || contact.addresses[0]?.address || t('contacts:nameless')
  const primary = contact.addresses.find((entry) => entry.is_primary) ?? contact.addresses[0]
  return (
    <PageFrame
      title={name}
      before={
        <ActionIcon
          component={Link}
          to="/contacts"
          aria-label={t('contacts:back')}
          title={t('contacts:back')}
        >
          <Icon name="arrowLeft" />
        </ActionIcon>
      }
      actions={
        canWrite && (
          <>
            {primary && (
              <Button
                component={Link}
                to="/tickets/new"
                search={{ address: primary.address, name: contact.name } as never}
                variant="default"
                leftSection={<Icon name="pencil" />}
              >
                {t('shell:newTicket')}
              </Button>
            )}
            <DeleteButton contact={contact} name={name} />
          </>
        )
      }
    >
      <div className={own.columns}>
        <ContactForm key={contact.version} contact={contact} canWrite={canWrite} />
        <section aria-label={t('contacts:tickets')}>
          <h2 className={classes.heading} style={{ marginTop: 0 }}>
            {t('contacts:tickets')}
          </h2>
          <ContactTickets contact={contact.id} />
        </section>
      </div>
    </PageFrame>
  )
}

function DeleteButton({ contact, name }: { contact: Contact; name: string }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  // The desk keeps whoever has tickets: the dialog says so before anybody tries.
  const kept = contact.ticket_count > 0
  const remove = useMutation({
    mutationFn: () => deleteContact(contact.id),
    onSuccess: () => {
      void navigate({ to: '/contacts' })
      client.removeQueries({ queryKey: contactKeys.detail(contact.id) })
      void client.invalidateQueries({ queryKey: contactKeys.lists })
      showToast(t('contacts:deleted', { name }))
    },
    onError: (error) => {
      setAsking(false)
      if (isProblem(error, 'contact_has_tickets'))
        void client.invalidateQueries({ queryKey: contactKeys.detail(contact.id) })
      showToast(t('contacts:deleteProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      })
    },
  })
  return (
    <>
      <ActionIcon
        aria-label={t('contacts:delete')}
        title={t('contacts:delete')}
        onClick={() => setAsking(true)}
      >
        <Icon name="trash" />
      </ActionIcon>
      <ConfirmDialog
        opened={asking}
        title={t(kept ? 'contacts:keptTitle' : 'contacts:deleteTitle', { name })}
        action={kept ? undefined : t('common:delete')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        {kept ? t('contacts:keptText', { count: contact.ticket_count }) : t('contacts:deleteText')}
      </ConfirmDialog>
    </>
  )
}
