import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import { contactKeys, resumeAddress } from '../../services/contacts'
import type { Contact, ContactAddress } from '../../services/types'
import own from './contacts.module.css'
import { suspension } from './suspension'

/** The addresses that get no automatic mail any more, why, and how to change that (B8, B9). */
export function SuspendedAddresses({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const suspended = contact.addresses.filter((entry) => entry.state === 'suspended')
  return suspended.map((entry) => (
    <Suspended key={entry.address} contact={contact} entry={entry} canWrite={canWrite} />
  ))
}

interface SuspendedProps {
  contact: Contact
  entry: ContactAddress
  canWrite: boolean
}

function Suspended({ contact, entry, canWrite }: SuspendedProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { address } = entry
  const why = suspension(entry.state_reason)
  const resume = useMutation({
    mutationFn: () => resumeAddress(contact.id, address),
    onSuccess: (changed) => {
      client.setQueryData(contactKeys.detail(contact.id), changed)
      showToast(t('contacts:suspended.resumed', { address }))
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: contactKeys.detail(contact.id) }),
  })
  return (
    <div className={own.suspended}>
      <Icon name="alert" />
      <div className={own.suspendedText}>
        <strong>{t('contacts:suspended.title', { address })}</strong>
        <p>
          {t(`contacts:suspended.${why.key}`, why.values)}
          {entry.last_bounce_at && (
            <>
              {' '}
              {t('contacts:suspended.last')} <TimeText at={entry.last_bounce_at} form="short" />.
            </>
          )}
        </p>
      </div>
      {canWrite && (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
          {t('contacts:suspended.resume')}
        </Button>
      )}
    </div>
  )
}
