import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startI18n } from '../../i18n'
import { session } from '../../services/session'
import type { TicketDetail } from '../../services/types'
import { Composer } from './Composer'

const TICKET = {
  id: 't1',
  number: 7,
  subject: 'Boleto',
  contact: { id: 'c1', name: 'Maria', address: 'maria@example.com' },
  mailbox: { id: 'm1', name: 'Suporte', address: 'suporte@example.com' },
  messages: [],
  notes: [],
  history: [],
  reply_defaults: { to: ['maria@example.com'], cc: ['bia@example.com'], subject: 'Re: Boleto' },
} as unknown as TicketDetail

const STATUSES = [
  { slug: 'open', name_pt: 'Aberto', name_en: 'Open', category: 'open', position: 1 },
  { slug: 'done', name_pt: 'Resolvido', name_en: 'Resolved', category: 'resolved', position: 2 },
]

interface Sent {
  url: string
  body: Record<string, unknown>
  key: string | null
}

/** Answers as the desk would; `fail` decides about each reply in turn. */
function desk(fail: (attempt: number) => boolean = () => false) {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const { url, headers } = request
    if (url.includes('statuses/')) return Response.json(STATUSES)
    if (!url.includes('replies/') && !url.includes('notes/')) return Response.json([])
    sent.push({
      url: new URL(url).pathname,
      body: await request.json(),
      key: headers.get('Idempotency-Key'),
    })
    if (fail(sent.length)) {
      return Response.json({ detail: 'The mail server is away.', code: 'away' }, { status: 503 })
    }
    return Response.json({ id: `x${sent.length}`, text: 'x' }, { status: 201 })
  })
  return sent
}

beforeEach(async () => {
  await startI18n('en')
  session.accept({
    access: 'token',
    expires_in: 3600,
    user: {
      id: 'u1',
      email: 'ana@example.com',
      name: 'Ana',
      role: 'agent',
      language: 'en',
      theme: 'light',
      time_zone: 'UTC',
      permissions: ['ticket.reply', 'ticket.note'],
    },
  })
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  session.clear()
})

async function open() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const view = render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <main id="main">
          <Composer ticket={TICKET} />
        </main>
      </QueryClientProvider>
    </MantineProvider>,
  )
  return { user: userEvent.setup(), ...view }
}

test('Ctrl+Enter sends the text to the people on the recipient line', async () => {
  const sent = desk()
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('Reply text'), 'Hello Maria')
  await user.keyboard('{Control>}{Enter}{/Control}')
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]?.body).toEqual({
    text: 'Hello Maria',
    to: ['maria@example.com'],
    cc: ['bia@example.com'],
  })
  expect(await screen.findByRole('button', { name: 'Reply to Maria' })).toBeInTheDocument()
  expect(localStorage.getItem('desk-draft:reply:t1')).toBeNull()
})

test('a refused reply keeps its text and is tried again under the same key', async () => {
  const sent = desk((attempt) => attempt === 1)
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('Reply text'), 'Hello')
  await user.click(screen.getByRole('button', { name: 'Send to maria@example.com' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The mail server is away.')
  expect(screen.getByLabelText('Reply text')).toHaveValue('Hello')
  await user.click(screen.getByRole('button', { name: 'Send to maria@example.com' }))
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/)
  expect(sent[1]?.key).toBe(sent[0]?.key)
})

test('text that was changed after an error goes out under a new key', async () => {
  const sent = desk((attempt) => attempt === 1)
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('Reply text'), 'Hello')
  await user.keyboard('{Control>}{Enter}{/Control}')
  await screen.findByRole('alert')
  await user.type(screen.getByLabelText('Reply text'), ' again')
  await user.keyboard('{Control>}{Enter}{/Control}')
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[1]?.key).not.toBe(sent[0]?.key)
})

test('a draft is still there when the ticket is opened again', async () => {
  desk()
  const { user, unmount } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('Reply text'), 'Half a sent')
  unmount()
  await open()
  expect(screen.getByLabelText('Reply text')).toHaveValue('Half a sent')
})

test('a note goes to the notes and never to the replies', async () => {
  const sent = desk()
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Note' }))
  await user.type(screen.getByLabelText('Internal note text'), 'check the contract')
  await user.click(screen.getByRole('button', { name: 'Add internal note' }))
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]?.url).toBe('/api/v1/tickets/t1/notes/')
})

test('send and resolve asks for the first resolved status and is remembered', async () => {
  const sent = desk()
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('Reply text'), 'Done')
  await user.click(screen.getByRole('button', { name: 'Other ways to send' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Send and resolve' }))
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]?.body.status_after).toBe('done')
  expect(localStorage.getItem('desk-preferences')).toContain('"sendAction":"resolve"')
})

test('an incomplete recipient stops the sending and says which one', async () => {
  const sent = desk()
  const { user } = await open()
  await user.click(screen.getByRole('button', { name: 'Reply to Maria' }))
  await user.type(screen.getByLabelText('To'), 'joao@{Enter}')
  await user.type(screen.getByLabelText('Reply text'), 'Hello')
  await user.keyboard('{Control>}{Enter}{/Control}')
  expect(await screen.findByRole('alert')).toHaveTextContent('joao@ is not a complete address.')
  expect(sent).toHaveLength(0)
})
