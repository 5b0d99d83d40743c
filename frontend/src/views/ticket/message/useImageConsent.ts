import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import {
  forgetImageSender,
  imageSendersKey,
  rememberImageSender,
} from '../../../services/imageSenders'
import { ticketKeys } from '../../../services/tickets'
import type { Message } from '../../../services/types'

/** Lets the images of this sender load by themselves, or no longer. */
export function useImageConsent(ticket: string, message: Message) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { address } = message.from
  const change = useMutation({
    mutationFn: async (allow: boolean) => {
      if (allow) await rememberImageSender(address)
      else await forgetImageSender(address)
    },
    onSuccess: (_, allow) => {
      const undo = () => change.mutate(!allow)
      showToast(t(allow ? 'mail:images.remembered' : 'mail:images.forgotten', { address }), {
        undo,
      })
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: imageSendersKey })
      return client.invalidateQueries({ queryKey: ticketKeys.detail(ticket) })
    },
  })
  return {
    remember: () => change.mutate(true),
    forget: () => change.mutate(false),
    busy: change.isPending,
  }
}
