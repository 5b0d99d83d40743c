import { expect, type Page, test } from '@playwright/test'
import { DeskApi } from './api'
import { collectProblems, signedInPage } from './desk'

test.describe.configure({ mode: 'serial' })

/** Who wrote in the story and got an answer. */
const CUSTOMER = 'nubia.reis@demo.local'

let page: Page
let api: DeskApi
let problems: string[]
let broken: string | undefined

test.beforeAll(async ({ browser, baseURL }) => {
  page = await signedInPage(browser)
  problems = collectProblems(page)
  api = await DeskApi.open(baseURL)
})

test.afterAll(async () => {
  // The other specs know one mailbox.
  if (broken) await api.remove(`mailboxes/${broken}/`)
  await page.context().close()
  await api.close()
})

const cards = () => page.locator('[data-trace]')
const step = (kind: string) => cards().first().locator(`[data-step="${kind}"]`)

test('an address shows every step of its mails, in and out, each with an end', async () => {
  await page.goto('/inbox/open')
  await page.locator('[data-ticket]').first().waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('e')
  await page.waitForURL('**/ledger/trace')
  await expect(page.getByLabel('Endereço, assunto, Message-ID ou #chamado')).toBeFocused()
  await page.keyboard.type(`Núbia <${CUSTOMER.toUpperCase()}>`)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\?q=/)
  const inbound = cards().filter({ has: page.locator('[data-step="ticket_opened"]') })
  for (const kind of ['on_server', 'stored', 'parsed', 'matched'])
    await expect(inbound.first().locator(`[data-step="${kind}"]`)).toBeVisible()
  const outbound = cards().filter({ has: page.locator('[data-step="sent"]') })
  await expect(outbound.first().locator('[data-step="attempt"] code').first()).toContainText('250')
  await expect(page.locator('[data-step="waiting"]')).toHaveCount(0)
})

test('a pasted address of the page, a Message-ID and a number lead to the same mail', async () => {
  const mail = (await api.arrived()).find((row) => row.from_address === CUSTOMER)
  const box = page.getByLabel('Endereço, assunto, Message-ID ou #chamado')
  for (const pasted of [`Message-ID: <${mail?.message_id}>`, `#${mail?.ticket?.number}`]) {
    await box.fill(pasted)
    await page.getByRole('button', { name: 'Rastrear' }).click()
    await expect(page.locator(`[data-trace="${mail?.id}"]`)).toBeVisible()
  }
  await page.reload()
  await expect(page.locator(`[data-trace="${mail?.id}"]`)).toBeVisible()
  const download = page.waitForEvent('download')
  const card = page.locator(`[data-trace="${mail?.id}"]`)
  await card.getByRole('button', { name: 'Baixar original' }).click()
  expect((await download).suggestedFilename()).toMatch(/\.eml$/)
})

test('what never came is said plainly, and the queues say that nothing waits', async () => {
  await page.goto('/ledger/trace?q=ninguem%40nada.example')
  await expect(page.getByText('Nenhum e-mail assim chegou ou saiu')).toBeVisible()
  await page.getByRole('tab', { name: 'Filas' }).click()
  await page.waitForURL('**/ledger/queues')
  await expect(page.getByRole('table', { name: 'Recebidos' })).toBeVisible()
  await expect(step('waiting')).toHaveCount(0)
})

test('a mailbox that can not be read is told on every page until it is over', async () => {
  const settings = {
    name: 'Parada', address: `parada.${Date.now()}@parada.example`,
    imap_host: '127.0.0.1', imap_port: 9, imap_security: 'none', imap_username: 'x',
    imap_password: 'x', smtp_host: '127.0.0.1', smtp_port: 9, smtp_security: 'none',
  } // biome-ignore format: settings on few lines
  broken = (await api.post<{ id: string }>('mailboxes/', settings)).id
  await page.goto('/contacts')
  const banner = page.getByRole('status').filter({ hasText: 'Parada: não pode ser lida' })
  await expect(banner).toBeVisible({ timeout: 90_000 })
  await banner.getByRole('link', { name: 'Situação do sistema' }).click()
  await expect(page.locator('[data-alarm="mailbox_failing"]')).toBeVisible()
  const part = page.locator(`[data-part="mailbox:${broken}"]`)
  await expect(part).toHaveAttribute('data-state', 'error')
  await expect(page.locator('[data-part="worker"]')).toHaveAttribute('data-state', 'ok')
})

test('the doctor looks at the domain of that mailbox when asked, and says so', async () => {
  await page.goto('/doctor?domain=parada.example')
  const card = page.getByRole('region', { name: 'parada.example' })
  await expect(card.getByText('Ainda não verificado')).toBeVisible()
  await card.getByRole('button', { name: 'Verificar agora' }).click()
  await expect(card.getByRole('heading', { name: 'Quem pode enviar (SPF)' })).toBeVisible({
    timeout: 60_000,
  })
  await page.getByText('Problemas', { exact: true }).click()
  await expect(page).toHaveURL(/show=problems/)
  await api.remove(`mailboxes/${broken}/`)
  broken = undefined
  await expect(page.getByText('Parada: não pode ser lida')).toHaveCount(0)
  expect(problems).toEqual([])
})
