import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { LinkedText } from '../../components/LinkedText'
import { TimeText } from '../../components/TimeText'
import type { Address, Message, TicketDetail } from '../../services/types'
import { AttachmentList } from './AttachmentList'
import { DeliverySign, DeliveryTrouble } from './Delivery'
import { FormattedBody } from './FormattedBody'
import classes from './Thread.module.css'
import { writerOf } from './thread'

const ALARMING_FLAGS = new Set(['another_address', 'same_id_other_bytes', 'truncated'])

type Shown = 'new' | 'full' | 'formatted'

/** One mail of the thread: the new words first, all the rest one press away. */
export function MessageEntry({ message, ticket }: { message: Message; ticket: TicketDetail }) {
  const { t } = useTranslation()
  const [details, setDetails] = useState(false)
  const [shown, setShown] = useState<Shown>('new')
  const out = message.direction === 'out'
  const name = writerOf(message)
  const fresh = message.reply_text.trim() === '' ? message.text : message.reply_text
  const hasMore = fresh.trim() !== message.text.trim()

  return (
    <article
      className={classes.entry}
      data-kind={message.direction}
      data-entry
      aria-label={t(out ? 'ticket:replyBy' : 'ticket:messageBy', { name })}
    >
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
        {message.delivery && <DeliverySign delivery={message.delivery} />}
        <TimeText at={message.created_at} form="short" className={classes.time} />
      </div>
      {details && <Recipients message={message} />}
      <Flags message={message} />
      {shown === 'formatted' && message.html !== null ? (
        <FormattedBody message={message} html={message.html} name={name} />
      ) : (
        <div className={classes.body}>
          <LinkedText text={shown === 'full' ? message.text : fresh} />
        </div>
      )}
      <ShownSwitch
        shown={shown}
        onShown={setShown}
        hasMore={hasMore}
        hasHtml={message.html !== null}
      />
      <AttachmentList attachments={message.attachments} />
      {message.delivery && <DeliveryTrouble delivery={message.delivery} ticket={ticket.id} />}
    </article>
  )
}

function recipientLine(addresses: Address[]): string {
  const [first, ...others] = addresses.map((entry) => entry.address)
  if (!first) return ''
  return `→ ${first}${others.length > 0 ? ` +${others.length}` : ''}`
}

function ShownSwitch(props: {
  shown: Shown
  onShown: (shown: Shown) => void
  hasMore: boolean
  hasHtml: boolean
}) {
  const { t } = useTranslation()
  const { shown, onShown, hasMore, hasHtml } = props
  if (!hasMore && !hasHtml) return null
  const full = shown === 'full'
  const formatted = shown === 'formatted'
  return (
    <div className={classes.more}>
      {hasMore && (
        <button
          type="button"
          className={classes.toggle}
          aria-pressed={full}
          onClick={() => onShown(full ? 'new' : 'full')}
        >
          {t(full ? 'ticket:hideQuoted' : 'ticket:showQuoted')}
        </button>
      )}
      {hasHtml && (
        <button
          type="button"
          className={classes.toggle}
          aria-pressed={formatted}
          onClick={() => onShown(formatted ? 'new' : 'formatted')}
        >
          {t(formatted ? 'ticket:showText' : 'ticket:showFormatted')}
        </button>
      )}
    </div>
  )
}

function Recipients({ message }: { message: Message }) {
  const { t } = useTranslation()
  const lines: [string, Address[]][] = [
    [t('ticket:from'), [message.from]],
    [t('ticket:to'), message.to],
    [t('ticket:cc'), message.cc],
    [t('ticket:bcc'), message.bcc],
  ]
  return (
    <dl className={classes.recipients}>
      {lines
        .filter(([, people]) => people.length > 0)
        .map(([label, people]) => (
          <Line key={label} label={label} text={people.map(written).join(', ')} />
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

function written({ name, address }: Address): string {
  return name ? `${name} <${address}>` : address
}

function Flags({ message }: { message: Message }) {
  const { t } = useTranslation()
  const { flags, author } = message
  if (flags.length === 0) return null
  return (
    <div className={classes.flags}>
      {flags.map((flag) => (
        <span
          key={flag}
          className={classes.flag}
          data-tone={ALARMING_FLAGS.has(flag) ? 'warn' : undefined}
          title={t(`ticket:flagHelp.${flag}`, { defaultValue: flag })}
        >
          <Icon name="info" size={12} />
          {t(`ticket:flag.${flag}`, { defaultValue: flag })}
          {flag === 'written_down' && author && ` · ${author.name}`}
        </span>
      ))}
    </div>
  )
}
