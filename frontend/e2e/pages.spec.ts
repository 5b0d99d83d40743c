import { expect, type Page, test } from '@playwright/test'
import { signedInPage } from './desk'

test.describe.configure({ mode: 'serial' })

let page: Page

test.beforeAll(async ({ browser }) => {
  page = await signedInPage(browser)
})

test.afterAll(async () => {
  await page.context().close()
})

test('filters stand in the address and a pasted address shows the same list', async () => {
  await page.goto('/inbox/all')
  await page.getByRole('button', { name: 'Filtros' }).click()
  await page.getByRole('button', { name: /^Filtrar por Prioridade/ }).click()
  await page.getByRole('option', { name: /Urgente/ }).click()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/priority=urgent/)
  const other = await page.context().newPage()
  await other.goto(page.url())
  await expect(other.locator('[data-ticket]').first()).toBeVisible()
  await expect(other.getByRole('button', { name: 'Filtrar por Prioridade: Urgente' })).toBeVisible()
  await other.close()
})

test('a search without results says so and can be cleared', async () => {
  await page.goto('/inbox/all?search=zzzznadaexiste')
  await expect(page.getByText('Nenhum chamado com estes filtros')).toBeVisible()
  await page.getByRole('button', { name: 'Limpar filtros' }).last().click()
  await expect(page.locator('[data-ticket]').first()).toBeVisible()
})

test('the table mode is remembered and its rows open the ticket', async () => {
  await page.goto('/inbox/all')
  await page.getByRole('button', { name: 'Ver como tabela' }).click()
  await page.reload()
  await expect(page.getByRole('table')).toBeVisible()
  await page.locator('[data-ticket]').nth(1).click()
  await expect(page.locator('[data-entry]').first()).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Ver lista e leitura' }).click()
})

test('a contact is created, changed and deleted', async () => {
  await page.goto('/contacts')
  await page.getByRole('button', { name: 'Novo contato' }).click()
  await page.getByRole('textbox', { name: 'Nome' }).fill('Iara Campos')
  await page.getByRole('textbox', { name: 'E-mail' }).fill('iara@example.com')
  await page.getByRole('button', { name: 'Criar contato' }).click()
  await expect(page.getByRole('heading', { name: 'Iara Campos' })).toBeVisible()
  await page.getByRole('textbox', { name: 'Empresa' }).fill('Campos Ltda')
  await page.getByRole('button', { name: 'Salvar' }).click()
  await expect(page.getByText('Alterações salvas')).toBeVisible()
  await page.goto('/contacts?search=iara')
  await expect(page.getByRole('row', { name: /Iara Campos.*Campos Ltda/ })).toBeVisible()
  await page.getByRole('link', { name: 'Iara Campos' }).click()
  await page.getByRole('button', { name: 'Excluir contato' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Excluir' }).click()
  await expect(page.getByText('Iara Campos foi excluído dos contatos')).toBeVisible()
})

test('a wrong field is explained in Portuguese, and so is what it keeps from being saved', async () => {
  await page.goto('/contacts')
  await page.getByRole('button', { name: 'Novo contato' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Nome' }).fill('Iara Campos')
  // The browser is content with this address; the desk is not.
  await dialog.getByRole('textbox', { name: 'E-mail' }).fill('iara..campos@example.com')
  await dialog.getByRole('textbox', { name: 'Telefone' }).fill('9'.repeat(41))
  await dialog.getByRole('button', { name: 'Criar contato' }).click()
  const phone = dialog.getByRole('textbox', { name: 'Telefone' })
  await expect(phone).toHaveAccessibleDescription(/É longo demais/)
  await phone.fill('')
  await dialog.getByRole('button', { name: 'Criar contato' }).click()
  await expect(dialog.getByRole('textbox', { name: 'E-mail' })).toHaveAccessibleDescription(
    /Digite um endereço de e-mail/,
  )
  await expect(dialog.getByRole('alert')).toContainText('Não foi possível salvar.')
  await dialog.getByRole('button', { name: 'Cancelar' }).click()
})

test('a ticket recorded by hand sends nothing and opens', async () => {
  await page.goto('/tickets/new')
  await page.getByText('Registrar pedido').click()
  await page.getByLabel('E-mail do cliente').fill('telefone@example.com')
  await page.getByLabel('Assunto').fill('Ligou pedindo segunda via')
  await page.getByLabel('Texto').fill('Pediu a segunda via do boleto de outubro.')
  await page.getByRole('button', { name: 'Abrir chamado' }).click()
  await expect(page.getByRole('heading', { name: /Ligou pedindo segunda via/ })).toBeVisible()
  await expect(page.getByText('Registrada à mão')).toBeVisible()
})

test('the mailbox says how it is and its test shows every step', async () => {
  await page.goto('/mailboxes')
  await page.getByRole('link', { name: /^Suporte/ }).click()
  await page.getByRole('button', { name: 'Testar conexão' }).click()
  const steps = page.getByRole('status', { name: 'Resultado do teste' }).getByRole('listitem')
  await expect(steps.filter({ hasText: 'Entrar na conta IMAP' })).toHaveAttribute('data-ok', 'true')
  await expect(steps.filter({ hasText: 'Entrar na conta SMTP' })).toHaveAttribute('data-ok', 'true')
})

test('settings that were changed are not lost by leaving unawares', async () => {
  await page.goto('/mailboxes')
  await page.getByRole('link', { name: /^Suporte/ }).click()
  await page.getByRole('textbox', { name: 'Nome' }).fill('Suporte do dia')
  await page.getByRole('link', { name: 'Contatos' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sair sem salvar' }).click()
  await page.waitForURL('**/contacts')
})

test('the ledger opens a mail by its address and hands out the original', async () => {
  await page.goto('/ledger/inbound')
  await page.getByRole('table').getByRole('button').first().click()
  const drawer = page.getByRole('dialog')
  await expect(drawer.getByText('Message-ID', { exact: true })).toBeVisible()
  await page.reload()
  await expect(drawer.getByText('Message-ID', { exact: true })).toBeVisible()
  const download = page.waitForEvent('download')
  await drawer.getByRole('button', { name: 'Baixar original' }).click()
  expect((await download).suggestedFilename()).toMatch(/\.eml$/)
})

test('a wrong address of a page leads back to the inbox', async () => {
  await page.goto('/nothing/here')
  await expect(page.getByText('Página não encontrada')).toBeVisible()
  await page.getByRole('link', { name: 'Ir para a caixa de entrada' }).click()
  await page.waitForURL('**/inbox/open')
})

test('signing out leads to the sign-in page and back to where one was', async () => {
  await page.goto('/contacts')
  await page.getByRole('button', { name: /^Menu de / }).click()
  await page.getByRole('menuitem', { name: 'Sair' }).click()
  await page.waitForURL('**/login**')
  await page.getByRole('textbox', { name: 'E-mail' }).fill('clara@example.com')
  await page.locator('input[autocomplete="current-password"]').fill('errada errada errada')
  await page.getByRole('button', { name: 'Entrar' }).click()
  await expect(page.getByRole('alert')).toHaveText('E-mail ou senha não conferem.')
})
