import { expect, type Page, test } from '@playwright/test'
import { DeskApi } from './api'
import { collectProblems, signedInPage } from './desk'
import { DESK_ADDRESS, mail, sendRaw } from './smtp'

test.describe.configure({ mode: 'serial' })

const CUSTOMER = { name: 'Raul Pires', address: 'raul.pires@demo.local' }
const FIRST_ID = `sending-${Date.now()}@test.demo.local`
const PLAIN = 'text/plain; charset=utf-8'
/** Long enough for the slowest machine: no test waits for it. */
const WINDOW = 120

interface MailboxFacts {
  id: string
  address: string
  smtp_port: number
}

let page: Page
let api: DeskApi
let mailbox: MailboxFacts
let undo: number
let problems: string[]

test.beforeAll(async ({ browser, baseURL }) => {
  page = await signedInPage(browser)
  problems = collectProblems(page)
  api = await DeskApi.open(baseURL)
  const all = await api.get<MailboxFacts[]>('mailboxes/')
  mailbox = all.find(({ address }) => address === DESK_ADDRESS) as MailboxFacts
  undo = await api.undoWindow(WINDOW)
  await write('Orçamento da bomba', { 'Message-ID': `<${FIRST_ID}>` }, 'Quanto custa o conserto?')
  await page.goto(`/tickets/${await api.ticketOf(FIRST_ID)}`)
  await expect(page.locator('[data-entry]')).toHaveCount(1)
})

test.afterAll(async () => {
  await api.patch(`mailboxes/${mailbox.id}/`, { smtp_port: mailbox.smtp_port })
  await api.undoWindow(undo)
  await page.context().close()
  await api.close()
})

async function write(subject: string, header: Record<string, string>, words: string) {
  const From = `${CUSTOMER.name} <${CUSTOMER.address}>`
  await sendRaw(mail({ From, Subject: subject, ...header }, words, PLAIN), {
    from: CUSTOMER.address,
  })
}

const text = () => page.getByLabel('Texto da resposta')
const replyWith = (words: string) =>
  page.getByRole('article', { name: /^Resposta de/ }).filter({ hasText: words })

async function reply(words: string): Promise<void> {
  await page.keyboard.press('r')
  await text().fill(words)
}

async function sendNow(words: string): Promise<void> {
  await replyWith(words).getByRole('button', { name: 'Enviar agora' }).click()
  await expect(replyWith(words).getByRole('button', { name: 'Enviada' })).toBeVisible({
    timeout: 60_000,
  })
}

test('a reply waits where everybody sees it and comes back whole, after a reload too', async () => {
  await reply('Custa trezentos reais.')
  await page.getByRole('button', { name: 'Outras formas de enviar' }).click()
  await page.getByRole('menuitem', { name: 'Enviar e resolver' }).click()
  await expect(replyWith('trezentos').getByRole('timer')).toHaveText(/^Sai em \d+ segundos$/)
  await expect(page.getByRole('button', { name: 'Situação: Resolvido' }).first()).toBeVisible()
  await page.reload()
  await expect(replyWith('trezentos').getByRole('timer')).toBeVisible()
  await page.keyboard.press('z')
  await expect(text()).toHaveValue('Custa trezentos reais.')
  await expect(text()).toBeFocused()
  await expect(page.getByRole('button', { name: 'Enviar e resolver' })).toBeVisible()
  await expect(page.getByText(CUSTOMER.address).last()).toBeVisible()
  await expect(replyWith('trezentos')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Situação: Aberto' }).first()).toBeVisible()
})

test('the edited words leave, and the server’s answer for each person can be read', async () => {
  await text().fill('Custa duzentos reais.')
  await page.getByRole('button', { name: 'Outras formas de enviar' }).click()
  await page.getByRole('menuitem', { name: 'Enviar', exact: true }).click()
  await sendNow('duzentos')
  await replyWith('duzentos').getByRole('button', { name: 'Enviada' }).click()
  const details = page.getByRole('region', { name: 'Detalhes do envio' })
  await expect(details).toContainText(CUSTOMER.address)
  await expect(details).toContainText('250')
  await page.keyboard.press('Escape')
  await expect(details).toBeHidden()
})

test('on another page the toast takes the reply back', async () => {
  await reply('Pode trazer amanhã.')
  await text().press('Control+Enter')
  await expect(replyWith('Pode trazer').getByRole('timer')).toBeVisible()
  await page.getByRole('link', { name: 'Contatos' }).click()
  await page.waitForURL('**/contacts')
  const toast = page.getByRole('region', { name: 'Avisos' })
  await expect(toast).toContainText(`A resposta para ${CUSTOMER.address} sai em`)
  await toast.getByRole('button', { name: /Desfazer/ }).click()
  await page.waitForURL('**/tickets/**')
  await expect(text()).toHaveValue('Pode trazer amanhã.')
})

test('a reply for later asks when the customer writes first', async () => {
  await page.getByRole('button', { name: 'Outras formas de enviar' }).click()
  await page.getByRole('menuitem', { name: /^Amanhã/ }).click()
  const waiting = replyWith('Pode trazer')
  await expect(waiting.getByText(/^Sai .*09:00$/)).toBeVisible()
  await waiting.getByRole('button', { name: 'Mudar' }).click()
  const dialog = page.getByRole('dialog', { name: 'Enviar depois' })
  await dialog.getByLabel('Hora').fill('10:30')
  await dialog.getByRole('button', { name: 'Salvar' }).click()
  await expect(waiting.getByText(/^Sai .*10:30$/)).toBeVisible()
  await write('Re: Orçamento da bomba', { 'In-Reply-To': `<${FIRST_ID}>` }, 'Posso levar hoje?')
  await expect(page.getByText(`${CUSTOMER.name} escreveu antes de a resposta`)).toBeVisible({
    timeout: 60_000,
  })
  await expect(waiting).toContainText('espera a sua decisão')
  await sendNow('Pode trazer')
  await expect(page.getByText('escreveu antes de a resposta')).toHaveCount(0)
})

test('a server that is away is tried again when somebody asks for it', async () => {
  await api.patch(`mailboxes/${mailbox.id}/`, { smtp_port: 9 })
  await reply('Abrimos às oito.')
  await text().press('Control+Enter')
  const waiting = replyWith('Abrimos')
  await waiting.getByRole('button', { name: 'Enviar agora' }).click()
  await expect(waiting.getByText('Próxima tentativa:')).toBeVisible({ timeout: 60_000 })
  await expect(waiting).toContainText('O servidor de envio não responde.')
  await api.patch(`mailboxes/${mailbox.id}/`, { smtp_port: mailbox.smtp_port })
  await waiting.getByRole('button', { name: 'Tentar agora' }).click()
  await expect(waiting.getByRole('button', { name: 'Enviada' })).toBeVisible({ timeout: 60_000 })
})

test('a refused address is explained, corrected and replaced by the mail that arrives', async () => {
  await reply('Segue a nota fiscal.')
  await page.getByRole('button', { name: `Remover ${CUSTOMER.address}` }).click()
  await page.getByRole('textbox', { name: 'Para' }).fill('raul@example.com')
  await text().press('Control+Enter')
  const first = replyWith('Segue a nota').first()
  await first.getByRole('button', { name: 'Enviar agora' }).click()
  const trouble = first.getByRole('alert')
  await expect(trouble).toContainText('Não foi entregue.', { timeout: 60_000 })
  await expect(trouble).toContainText('O que vem depois do @ não existe')
  await expect(trouble).toContainText('550 5.1.2')
  await trouble.getByRole('button', { name: 'Corrigir e reenviar' }).click()
  await expect(text()).toHaveValue('Segue a nota fiscal.')
  await page.getByRole('button', { name: 'Remover raul@example.com' }).click()
  await page.getByRole('textbox', { name: 'Para' }).fill(CUSTOMER.address)
  await text().press('Control+Enter')
  await expect(first.getByRole('button', { name: 'Cancelada' })).toBeVisible()
  const second = replyWith('Segue a nota').last()
  await second.getByRole('button', { name: 'Enviar agora' }).click()
  await expect(second.getByRole('button', { name: 'Enviada' })).toBeVisible({ timeout: 60_000 })
})

test('the browser reported no error and no breach of the page policy', () => {
  expect(problems).toEqual([])
})
