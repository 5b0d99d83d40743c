import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../../components/Avatar'
import { writtenAddress } from '../../../components/addresses'
import { Icon } from '../../../components/Icon'
import { TimeText } from '../../../components/TimeText'
import type { Address, Message, TicketDetail } from '../../../services/types'
import { DeliverySign, ReadSign } from '../sending/DeliverySign'
import classes from '../Thread.module.css'
import { writerOf } from '../thread'
import { MessageMenu } from './MessageMenu'
import { hasNewSubject } from './messageWords'
import type { MailView } from './useMailView'

interface MessageHeadProps {
  message: Message
  ticket: TicketDetail
  view: MailView
  onOriginal: () => void
}

/** Who wrote to whom and when; the rest of the header on demand. */
export function MessageHead({ message, ticket, view, onOriginal }: MessageHeadProps) {
  const { t } = useTranslation()
  const [details, setDetails] = useState(false)
  const out = message.direction === 'out'
  const name = writerOf(message)
  return (
    <>
      <div className={classes.head}>
        <Avatar name={name} size={24} tone={out ? 'agent' : 'contact'} />
        <span className={classes.from}>{name}</span>
        <span className={classes.address}>
          {out ? recipientLine(message.to) : message.from.address !== name && message.from.address}
        </span>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={details}
          aria-label={t('ticket:recipients')}
          onClick={() => setDetails(!details)}
        >
          <Icon name={details ? 'chevronUp' : 'chevronDown'} size={14} />
        </button>
        <span className={classes.grow} />
        {message.read_at && <ReadSign at={message.read_at} />}
        {message.delivery && !message.read_at && <DeliverySign delivery={message.delivery} />}
        <TimeText at={message.created_at} form="short" className={classes.time} />
        <MessageMenu message={message} ticket={ticket} view={view} onOriginal={onOriginal} />
      </div>
      {message.sender && (
        <p className={classes.behalf}>
          {t('mail:behalf', {
            sender: message.sender.name || message.sender.address,
            name: message.from.name || message.from.address,
          })}
        </p>
      )}
      {hasNewSubject(message, ticket) && !details && (
        <p className={classes.subject}>
          <span>{t('mail:newSubject')}</span> {message.subject}
        </p>
      )}
      {details && <Recipients message={message} />}
    </>
  )
}

function recipientLine(addresses: Address[]): string {
  const [first, ...others] = addresses.map((entry) => entry.address)
  if (!first) return ''
  return `→ ${first}${others.length > 0 ? ` +${others.length}` : ''}`
}

function Recipients({ message }: { message: Message }) {
  const { t } = useTranslation()
  const sender = message.sender ? [message.sender] : []
  const lines: [string, Address[]][] = [
    [t('ticket:from'), [message.from]],
    [t('mail:sender'), sender],
    [t('mail:replyTo'), message.reply_to],
    [t('ticket:to'), message.to],
    [t('ticket:cc'), message.cc],
    [t('ticket:bcc'), message.bcc],
  ]
  return (
    <dl className={classes.recipients}>
      {lines
        .filter(([, people]) => people.length > 0)
        .map(([label, people]) => (
          <Line key={label} label={label} text={people.map(writtenAddress).join(', ')} />
        ))}
      <Line label={t('common:field.subject')} text={message.subject} />
      {message.date_header && (
        <>
          <dt>{t('ticket:sentAt')}</dt>
          <dd>
            <TimeText at={message.date_header} form="short" />
          </dd>
        </>
      )}
    </dl>
  )
}

function Line({ label, text }: { label: string; text: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </>
  )
}
