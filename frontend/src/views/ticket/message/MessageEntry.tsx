import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Attachment, Message, TicketDetail } from '../../../services/types'
import { DeliveryStrip } from '../sending/DeliveryStrip'
import classes from '../Thread.module.css'
import { isUnsent, writerOf } from '../thread'
import { AttachmentList } from './AttachmentList'
import { type AttachmentGroups, attachmentGroups } from './attachmentGroups'
import { HeldReply } from './HeldReply'
import { InviteCard } from './InviteCard'
import { LeftOutFiles } from './LeftOutFiles'
import { MessageBody } from './MessageBody'
import { MessageHead } from './MessageHead'
import { MessageNotices } from './MessageNotices'
import { OriginalDialog } from './OriginalDialog'
import { useDownload } from './useDownload'
import { type MailView, useMailView } from './useMailView'

interface MessageEntryProps {
  message: Message
  ticket: TicketDetail
}

/** One mail of the thread: the new words first, all the rest one press away. */
export function MessageEntry({ message, ticket }: MessageEntryProps) {
  const { t } = useTranslation()
  const view = useMailView(message)
  const [original, setOriginal] = useState(false)
  const groups = useGroups(message, view)
  const download = useDownload()
  const out = message.direction === 'out'
  const held = message.flags.includes('another_address')
  const name = writerOf(message)
  const label = t(held ? 'mail:held.by' : out ? 'ticket:replyBy' : 'ticket:messageBy', { name })

  return (
    <article
      className={classes.entry}
      data-kind={held ? 'held' : message.direction}
      data-entry
      data-unsent={isUnsent(message) || undefined}
      id={`message-${message.id}`}
      aria-label={label}
      tabIndex={-1}
    >
      {held && <HeldReply message={message} ticket={ticket} />}
      <MessageHead
        message={message}
        ticket={ticket}
        view={view}
        onOriginal={() => setOriginal(true)}
      />
      <MessageNotices message={message} />
      {message.invite && (
        <InviteCard
          invite={message.invite}
          onDownload={
            groups.invite ? () => download.mutate(groups.invite as Attachment) : undefined
          }
        />
      )}
      <MessageBody message={message} ticket={ticket.id} view={view} name={name} />
      <AttachmentList groups={groups} message={out ? message.id : undefined} />
      <LeftOutFiles files={message.left_out} />
      {message.delivery && (
        <DeliveryStrip message={message} delivery={message.delivery} ticket={ticket} />
      )}
      {original && <OriginalDialog message={message} onClose={() => setOriginal(false)} />}
    </article>
  )
}

function useGroups(message: Message, { stretches }: MailView): AttachmentGroups {
  return useMemo(() => {
    const shown = stretches.flatMap(({ page }) => page.inline)
    return attachmentGroups(message, shown)
  }, [message, stretches])
}
