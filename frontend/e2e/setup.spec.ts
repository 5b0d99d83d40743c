import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { DeskApi } from './api'
import { collectProblems, signedInPage } from './desk'
import { runningDesk } from './smtp'

test.describe.configure({ mode: 'serial' })

const ADDRESS = `vendas.${Date.now()}@demo.local`

let page: Page
let api: DeskApi
let problems: string[]

test.beforeAll(async ({ browser, baseURL }) => {
  page = await signedInPage(browser)
  problems = collectProblems(page)
  api = await DeskApi.open(baseURL)
})

test.afterAll(async () => {
  // The other specs know one mailbox: this one reads no more and is put away where that is possible.
  const all = await api.get<{ id: string; address: string }[]>('mailboxes/')
  const made = all.find(({ address }) => address === ADDRESS)
  if (made) await api.remove(`mailboxes/${made.id}/`)
  await page.context().close()
  await api.close()
})

const steps = () => page.getByRole('status', { name: 'Resultado do teste' }).getByRole('listitem')
const step = (name: string) => steps().filter({ hasText: name })

async function fillServers(): Promise<void> {
  const { DESK_DEMO_IMAP_PORT, DESK_DEMO_SMTP_PORT } = runningDesk().environment
  const ports = [DESK_DEMO_IMAP_PORT, DESK_DEMO_SMTP_PORT]
  for (const at of [0, 1]) {
    await page.getByLabel('Servidor', { exact: true }).nth(at).fill('127.0.0.1')
    await page.getByRole('combobox', { name: 'Criptografia' }).nth(at).click()
    await page.getByRole('option', { name: 'Nenhuma' }).click()
    await page
      .getByLabel('Porta')
      .nth(at)
      .fill(ports[at] ?? '')
  }
}

test('a known address is enough to know its provider, servers and ways in', async () => {
  await page.goto('/mailboxes/new')
  await page.getByLabel('Endereço', { exact: true }).fill('equipe@gmail.com')
  await page.getByRole('button', { name: 'Continuar' }).click()
  await expect(page.getByText('Lê de imap.gmail.com:993')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Entrar com Google' })).toBeDisabled()
  await expect(page.getByText('Este sistema ainda não está registrado no Google.')).toBeVisible()
})

test('a wrong password names the step that failed and keeps what was typed', async () => {
  await page.getByRole('button', { name: 'Mudar' }).click()
  await page.getByLabel('Endereço', { exact: true }).fill(ADDRESS)
  await page.getByRole('button', { name: 'Continuar' }).click()
  await fillServers()
  await page.getByLabel(`Senha de ${ADDRESS}`).fill('errada')
  await page.getByRole('button', { name: 'Testar' }).click()
  await expect(step('Entrar na conta IMAP')).toHaveAttribute('data-ok', 'false', {
    timeout: 60_000,
  })
  await expect(step('Entrar na conta IMAP')).toContainText('Usuário ou senha recusados')
  await expect(step('Conectar ao servidor IMAP')).toHaveAttribute('data-ok', 'true')
  await expect(step('Receber o e-mail de teste')).toContainText('não testado')
  await expect(page).toHaveURL(/step=account/)
})

test('a reload asks for the password alone', async () => {
  await page.reload()
  await expect(page.getByText(ADDRESS, { exact: true })).toBeVisible()
  await expect(page.getByLabel(`Senha de ${ADDRESS}`)).toHaveValue('')
  await page.getByRole('button', { name: 'Servidores e usuário' }).waitFor()
  await expect(page.getByText('Lê de 127.0.0.1')).toBeVisible()
})

test('the right password passes every step, a test mail included', async () => {
  const password = readFileSync(runningDesk().environment.DESK_DEMO_PASSWORD_FILE, 'utf8').trim()
  await page.getByLabel(`Senha de ${ADDRESS}`).fill(password)
  await page.getByRole('button', { name: 'Testar' }).click()
  await expect(page.getByText('Tudo funcionou')).toBeVisible({ timeout: 60_000 })
  for (const name of ['Listar as pastas', 'Enviar um e-mail de teste', 'Receber o e-mail de teste'])
    await expect(step(name)).toHaveAttribute('data-ok', 'true')
  await page.getByRole('button', { name: 'Continuar' }).press('Enter')
})

test('history since a date enters in silence, folders are chosen from the server’s own', async () => {
  await expect(page.getByRole('radio', { name: 'Só o que chegar' })).toBeChecked()
  await page.getByRole('radio', { name: 'Também os e-mails desde' }).check()
  await expect(page.getByText('ninguém recebe confirmação')).toBeVisible()
  await page.getByRole('textbox', { name: 'Desde' }).fill('2026-01-15')
  await page.getByRole('button', { name: 'Pastas, cópias e limites' }).click()
  await page.getByRole('combobox', { name: 'Pasta', exact: true }).click()
  await page.getByRole('option', { name: 'INBOX' }).click()
  await page.getByRole('textbox', { name: 'Nome' }).fill('Vendas')
  await page.getByRole('button', { name: 'Conectar caixa de e-mail' }).click()
  await expect(page.getByRole('heading', { name: 'Vendas' })).toBeVisible()
  await expect(page.getByText(/^Em dia, lida/)).toBeVisible({ timeout: 60_000 })
})

test('reading and sending are stopped and resumed from the card, with undo', async () => {
  await page.goto('/mailboxes')
  const card = page.getByRole('listitem', { name: 'Vendas' })
  await card.getByRole('button', { name: 'Mais ações: Vendas' }).click()
  await page.getByRole('menuitem', { name: 'Parar envio' }).click()
  await expect(card).toContainText('Uma pessoa parou o envio')
  await page.getByRole('button', { name: /^Pedem atenção/ }).click()
  await expect(page).toHaveURL(/show=trouble/)
  await expect(card).toBeVisible()
  await page
    .getByRole('region', { name: 'Avisos' })
    .getByRole('button', { name: /Desfazer/ })
    .click()
  await expect(card).toBeHidden()
  await page.getByRole('button', { name: /^Todas/ }).click()
  await card.getByRole('button', { name: 'Mais ações: Vendas' }).click()
  await page.getByRole('menuitem', { name: 'Pausar' }).click()
  await expect(card).toContainText('Leitura pausada')
  await card.getByRole('button', { name: 'Mais ações: Vendas' }).click()
  await page.getByRole('menuitem', { name: 'Últimos acontecimentos' }).click()
  await expect(page.getByRole('dialog')).toContainText('Leitura pausada')
  await page.reload()
  await expect(page.getByRole('dialog')).toContainText('Leitura pausada')
  await page.keyboard.press('Escape')
})

test('a provider is registered once, and then its sign-in is offered', async () => {
  await page.goto('/mailboxes/providers')
  const google = page.getByRole('form', { name: 'Google' })
  await expect(google.getByRole('textbox', { name: 'Endereço de retorno' })).toHaveValue(
    /\/api\/v1\/oauth\/callback\/$/,
  )
  await google.getByLabel('ID do cliente').fill('desk.apps.example.com')
  await google.locator('input[autocomplete="new-password"]').fill('segredo')
  await google.getByRole('button', { name: 'Salvar' }).click()
  await expect(google.getByText('Registrado', { exact: true })).toBeVisible()
  await page.goto('/mailboxes/new?step=account&address=equipe@gmail.com')
  await expect(page.getByRole('button', { name: 'Entrar com Google' })).toBeEnabled()
  // Whoever refuses at the provider comes back to the same place and is told so.
  await page.evaluate(() => {
    const back = { mailboxId: 'new', search: { step: 'account', address: 'equipe@gmail.com' } }
    sessionStorage.setItem('desk-oauth-return', JSON.stringify(back))
  })
  await page.goto('/mailboxes?oauth_error=oauth_denied')
  await expect(page.getByRole('button', { name: 'Entrar com Google' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Avisos' })).toContainText(
    'O acesso não foi permitido no provedor.',
  )
  await page.goto('/mailboxes/providers')
  await google.getByLabel('ID do cliente').fill('')
  await google.getByRole('button', { name: 'Salvar' }).click()
  await expect(google.getByText('Não registrado')).toBeVisible()
})

test('the browser reported no error and no breach of the page policy', () => {
  expect(problems).toEqual([])
})
