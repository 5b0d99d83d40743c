import { Button, Group, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isAddress } from '../../components/addresses'
import { EmptyState } from '../../components/EmptyState'
import { EntryProblem } from '../../components/EntryCard'
import { PageFrame } from '../../components/PageFrame'
import frame from '../../components/PageFrame.module.css'
import { fieldWords, problemWords } from '../../components/problemWords'
import { dropDraft, readDraft, writeDraft } from '../../services/drafts'
import { mailboxesOptions } from '../../services/mailboxes'
import { invalidateTicket } from '../../services/ticketCache'
import { createTicket } from '../../services/tickets'
import type { NewTicket, Priority } from '../../services/types'
import { useIdempotencyKey } from '../../services/useIdempotencyKey'

const route = getRouteApi('/desk/tickets/new')
const PRIORITIES: Priority[] = ['low', 'normal', 'high', 'urgent']
const DRAFT = 'new-ticket'

/** A ticket that an agent opens: a mail to the customer, or a request that came by telephone. */
export function NewTicketPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const keyFor = useIdempotencyKey()
  const search: { address?: string; name?: string } = route.useSearch()
  const mailboxes = useQuery(mailboxesOptions())
  const [mailbox, setMailbox] = useState<string | null>(null)
  const [address, setAddress] = useState(search.address ?? '')
  const [name, setName] = useState(search.name ?? '')
  const [subject, setSubject] = useState('')
  const [text, setText] = useState(() => readDraft(DRAFT, 'new')?.text ?? '')
  const [priority, setPriority] = useState<Priority>('normal')
  const [send, setSend] = useState(true)
  useEffect(() => writeDraft(DRAFT, 'new', { text }), [text])

  const chosen = mailbox ?? mailboxes.data?.[0]?.id ?? null
  const create = useMutation({
    mutationFn: (ticket: NewTicket) => createTicket(ticket, keyFor(JSON.stringify(ticket))),
    onSuccess: (ticket) => {
      dropDraft(DRAFT, 'new')
      void invalidateTicket(client, ticket.id)
      void navigate({ to: '/tickets/$ticketId', params: { ticketId: ticket.id } })
    },
  })
  const open = () =>
    create.mutate({
      mailbox: chosen ?? '',
      contact_address: address,
      contact_name: name,
      subject,
      text,
      priority,
      send,
    })
  const wrong = (field: string) => fieldWords(create.error, field, t)
  const complete =
    chosen !== null && isAddress(address) && subject.trim() !== '' && text.trim() !== ''

  if (mailboxes.data?.length === 0) {
    return (
      <PageFrame title={t('shell:newTicket')}>
        <EmptyState
          icon="mailbox"
          title={t('newticket:noMailbox')}
          text={t('newticket:noMailboxText')}
        >
          <Button component={Link} to="/mailboxes">
            {t('shell:mailboxes')}
          </Button>
        </EmptyState>
      </PageFrame>
    )
  }
  return (
    <PageFrame title={t('shell:newTicket')}>
      <form
        className={frame.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (complete) open()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !complete) return
          event.preventDefault()
          open()
        }}
      >
        <Stack gap="sm">
          <SegmentedControl
            size="xs"
            aria-label={t('newticket:kind')}
            value={send ? 'send' : 'record'}
            onChange={(value) => setSend(value === 'send')}
            data={[
              { value: 'send', label: t('newticket:send') },
              { value: 'record', label: t('newticket:record') },
            ]}
          />
          <p className={frame.help} style={{ margin: 0 }}>
            {t(send ? 'newticket:sendHelp' : 'newticket:recordHelp')}
          </p>
          <TextInput
            label={t('newticket:address')}
            type="email"
            required
            withAsterisk={false}
            autoFocus={!address}
            value={address}
            error={wrong('contact_address')}
            onChange={(event) => setAddress(event.currentTarget.value.trim())}
          />
          <TextInput
            label={t('newticket:name')}
            value={name}
            error={wrong('contact_name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('common:field.mailbox')}
            allowDeselect={false}
            data={(mailboxes.data ?? []).map((one) => ({
              value: one.id,
              label: one.name ? `${one.name} · ${one.address}` : one.address,
            }))}
            value={chosen}
            error={wrong('mailbox')}
            onChange={setMailbox}
          />
          <TextInput
            label={t('common:field.subject')}
            required
            withAsterisk={false}
            value={subject}
            error={wrong('subject')}
            onChange={(event) => setSubject(event.currentTarget.value)}
          />
          <Textarea
            label={t('newticket:text')}
            required
            withAsterisk={false}
            autosize
            minRows={8}
            maxRows={24}
            value={text}
            error={wrong('text')}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Select
            label={t('common:field.priority')}
            allowDeselect={false}
            data={PRIORITIES.map((value) => ({ value, label: t(`common:priority.${value}`) }))}
            value={priority}
            onChange={(value) => setPriority((value ?? 'normal') as Priority)}
          />
          {create.error && (
            <EntryProblem
              text={t('common:saveProblem', {
                reason: problemWords(create.error, t),
              })}
            />
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending} disabled={!complete}>
              {t(send ? 'newticket:submitSend' : 'newticket:submitRecord')}
            </Button>
          </Group>
        </Stack>
      </form>
    </PageFrame>
  )
}
