import { Anchor, Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { LinkedText } from '../../components/LinkedText'
import { TimeText } from '../../components/TimeText'
import { inboundOptions } from '../../services/ledger'
import type { PostboxMessage } from '../../services/types'
import { usePages } from '../../services/usePages'
import { useMay } from '../../services/useSession'
import { conversationOf } from './conversation'
import { type Customer, displayName } from './customers'
import { LetterForm } from './LetterForm'
import classes from './PostboxPage.module.css'

interface ReadingProps {
  message: PostboxMessage
  messages: PostboxMessage[]
  customer: Customer
  deskAddress: string
}

/** The whole exchange around one mail, oldest first, with the answer form below. */
export function Reading({ message, messages, customer, deskAddress }: ReadingProps) {
  const { t } = useTranslation()
  const [answering, setAnswering] = useState(false)
  const conversation = conversationOf(message, messages)
  const lastReceived = conversation.findLast((one) => one.folder === 'inbox')
  return (
    <div className={classes.sheet}>
      <h2 className={classes.subject}>{conversation[0]?.subject || t('postbox:noSubject')}</h2>
      <div className={classes.actions}>
        {lastReceived && !answering && (
          <Button leftSection={<Icon name="reply" />} onClick={() => setAnswering(true)}>
            {t('postbox:answer')}
          </Button>
        )}
        <TicketOf messages={conversation} />
      </div>
      {answering && lastReceived && (
        <LetterForm
          customer={customer}
          deskAddress={deskAddress}
          answers={lastReceived}
          onSent={() => setAnswering(false)}
        />
      )}
      {conversation.toReversed().map((one) => (
        <article
          className={classes.letter}
          key={`${one.folder}-${one.uid}`}
          aria-label={one.subject}
        >
          <div className={classes.letterHead}>
            <Avatar
              name={one.folder === 'sent' ? customer.name : displayName(one.from)}
              size={28}
              tone={one.folder === 'sent' ? 'contact' : 'agent'}
            />
            <span className={classes.letterName}>
              {one.folder === 'sent' ? customer.name : displayName(one.from)}
            </span>
            <TimeText at={one.date} form="short" className={classes.time} />
          </div>
          <div className={classes.body}>
            <LinkedText text={one.text} />
          </div>
        </article>
      ))}
    </div>
  )
}

const LOOK_AGAIN_MS = 2_000

/** The ticket that the customer's mail became, found by its Message-ID in the mail ledger. */
function TicketOf({ messages }: { messages: PostboxMessage[] }) {
  const { t } = useTranslation()
  const mayRead = useMay('ledger.read')
  const sent = messages.find((one) => one.folder === 'sent')
  const list = useInfiniteQuery({
    ...inboundOptions({ search: sent?.message_id }),
    enabled: mayRead && sent !== undefined,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.results.some((row) => row.ticket))
        ? false
        : LOOK_AGAIN_MS,
  })
  const ticket = usePages(list).find((row) => row.ticket)?.ticket
  if (!mayRead || !sent) return null
  if (!ticket) return <span className={classes.to}>{t('postbox:onItsWay')}</span>
  return (
    <Anchor
      component={Link}
      to="/tickets/$ticketId"
      params={{ ticketId: ticket.id } as never}
      size="sm"
    >
      {t('postbox:openTicket', { number: ticket.number })}
    </Anchor>
  )
}
