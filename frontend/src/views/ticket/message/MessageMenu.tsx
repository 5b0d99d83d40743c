import { ActionIcon, Menu } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { downloadOriginalMail } from '../../../services/messages'
import type { Message, TicketDetail } from '../../../services/types'
import { writerOf } from '../thread'
import { useImageConsent } from './useImageConsent'
import type { MailView } from './useMailView'

interface MessageMenuProps {
  message: Message
  ticket: TicketDetail
  view: MailView
  onOriginal: () => void
}

/** What can be done with one message of the thread. */
export function MessageMenu({ message, ticket, view, onOriginal }: MessageMenuProps) {
  const { t } = useTranslation()
  const consent = useImageConsent(ticket.id, message)
  const download = useMutation({
    mutationFn: () => downloadOriginalMail(message),
    onError: (error) =>
      showToast(t('ticket:downloadProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  const copyLink = async () => {
    const { origin } = window.location
    await navigator.clipboard.writeText(`${origin}/tickets/${ticket.id}#message-${message.id}`)
    showToast(t('ticket:toast.linkCopied'))
  }
  const formatted = view.form === 'formatted'
  const more = t('mail:menu.more', { name: writerOf(message) })
  return (
    <Menu position="bottom-end" width={268}>
      <Menu.Target>
        <ActionIcon aria-label={more} size={24}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {view.canFormat && (
          <Menu.Item
            leftSection={<Icon name={formatted ? 'fileText' : 'image'} />}
            onClick={() => view.setForm(formatted ? 'text' : 'formatted')}
          >
            {t(formatted ? 'mail:menu.text' : 'mail:menu.formatted')}
          </Menu.Item>
        )}
        {message.remote_images.allowed && (
          <Menu.Item leftSection={<Icon name="lock" />} onClick={consent.forget}>
            {t('mail:menu.forgetImages')}
          </Menu.Item>
        )}
        {message.has_original && (
          <>
            <Menu.Item leftSection={<Icon name="code" />} onClick={onOriginal}>
              {t('mail:menu.original')}
            </Menu.Item>
            <Menu.Item leftSection={<Icon name="download" />} onClick={() => download.mutate()}>
              {t('mail:menu.download')}
            </Menu.Item>
          </>
        )}
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void copyLink()}>
          {t('mail:menu.link')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
