import { expect, test } from 'vitest'
import { bareSubject, hasNewSubject, newWords } from './messageWords'

test.each([
  ['Re: RES: Boleto', 'Boleto'],
  ['ENC: Re[2]: Boleto', 'Boleto'],
  ['Reclamação: boleto', 'Reclamação: boleto'],
  ['  Boleto   vencido ', 'Boleto vencido'],
])('the bare subject of "%s" is "%s"', (subject, bare) => {
  expect(bareSubject(subject)).toBe(bare)
})

function talk(...subjects: string[]) {
  const messages = subjects.map((subject, at) => ({
    id: String(at),
    direction: 'in' as const,
    subject,
  }))
  return { subject: 'Boleto', messages }
}

test('a subject is new where the conversation turns to it, not in what follows', () => {
  const ticket = talk('Boleto', 'Re: Boleto', 'Cancelar tudo', 'Re: Cancelar tudo')
  expect(ticket.messages.map((one) => hasNewSubject(one, ticket))).toEqual([
    false,
    false,
    true,
    false,
  ])
})

test('a subject that colleagues changed in the ticket makes no mail look changed', () => {
  const ticket = { ...talk('Boleto', 'Re: Boleto'), subject: 'Segunda via' }
  expect(ticket.messages.map((one) => hasNewSubject(one, ticket))).toEqual([false, false])
})

const forwarded = {
  from: { name: 'Bruno', address: 'bruno@example.com' },
  to: [],
  subject: 'Boleto',
  date: 'seg., 3 de mar.',
  text: 'Bom dia, venceu.\n\nBruno',
}
const BLOCK =
  '---------- Forwarded message ---------\nDe: Bruno <bruno@example.com>\nAssunto: Boleto'

test('the words above a forwarded mail are kept, its block is not', () => {
  const text = `Podem ver isto?\n\n${BLOCK}\n\n${forwarded.text}`
  expect(newWords({ text, reply_text: text, forwarded })).toBe('Podem ver isto?')
  expect(newWords({ text, reply_text: 'Podem ver isto?', forwarded })).toBe('Podem ver isto?')
})

test('a mail that only forwards has no words of its own', () => {
  const text = `${BLOCK}\n\n${forwarded.text}`
  expect(newWords({ text, reply_text: text, forwarded })).toBe('')
})

test('where stripping leaves nothing the whole text stands', () => {
  expect(newWords({ text: '> citado', reply_text: ' ', forwarded: null })).toBe('> citado')
})
