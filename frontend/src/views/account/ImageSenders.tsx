import { ActionIcon } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import {
  forgetImageSender,
  imageSendersKey,
  imageSendersOptions,
  rememberImageSender,
} from '../../services/imageSenders'
import { ticketKeys } from '../../services/tickets'
import classes from './account.module.css'

/** Whose remote images load by themselves for this person. */
export function ImageSenders() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { data: senders } = useQuery(imageSendersOptions())
  const change = useMutation({
    mutationFn: async ({ address, allow }: { address: string; allow: boolean }) => {
      if (allow) await rememberImageSender(address)
      else await forgetImageSender(address)
    },
    onSuccess: (_, { address, allow }) => {
      if (allow) return
      const undo = () => change.mutate({ address, allow: true })
      showToast(t('mail:images.forgotten', { address }), { undo })
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ticketKeys.details })
      return client.invalidateQueries({ queryKey: imageSendersKey })
    },
  })
  if (!senders) return null
  if (senders.length === 0) return <p className={classes.none}>{t('account:noImageSenders')}</p>
  return (
    <ul className={classes.senders}>
      {senders.map(({ address }) => (
        <li key={address}>
          <span>{address}</span>
          <ActionIcon
            aria-label={t('common:address.remove', { address })}
            onClick={() => change.mutate({ address, allow: false })}
          >
            <Icon name="close" />
          </ActionIcon>
        </li>
      ))}
    </ul>
  )
}
