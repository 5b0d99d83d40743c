import { expect, type Page, test } from '@playwright/test'
import { rowOf, signedInPage, writeAsCustomer } from './desk'

test.describe.configure({ mode: 'serial' })

const LETTER = {
  name: 'Otto Brandt',
  address: 'otto.brandt@demo.local',
  subject: 'Troca da impressora',
  text: 'Posso trocar a impressora que comprei?',
}

let page: Page

test.beforeAll(async ({ browser }) => {
  page = await signedInPage(browser)
  await writeAsCustomer(page, LETTER)
  await page.goto('/inbox/open')
  await expect(rowOf(page, LETTER.subject)).toBeVisible({ timeout: 60_000 })
  await rowOf(page, LETTER.subject).click()
  await expect(page.locator('[data-entry]')).toHaveCount(1)
})

test.afterAll(async () => {
  await page.context().close()
})

test('a note has the word Interna and never reaches the customer', async () => {
  await page.keyboard.press('n')
  await page.keyboard.type('Conferir a garantia antes')
  await page.keyboard.press('Control+Enter')
  const note = page.getByRole('article', { name: /^Nota interna de/ })
  await expect(note).toContainText('Interna')
  await expect(note).toContainText('Conferir a garantia antes')
})

test('a draft survives a reload and is gone after sending', async () => {
  await page.keyboard.press('r')
  await page.keyboard.type('Sim, pode trocar')
  await expect(page.getByText('Rascunho guardado neste computador')).toBeVisible()
  await page.reload()
  await expect(page.locator('[data-entry]').first()).toBeVisible()
  await expect(page.getByLabel('Texto da resposta')).toHaveValue('Sim, pode trocar')
  await page.getByLabel('Texto da resposta').press('Control+Enter')
  await expect(page.getByRole('article', { name: /^Resposta de/ })).toContainText(
    'Sim, pode trocar',
  )
  await expect(page.getByLabel('Texto da resposta')).toBeHidden()
})

test('send and resolve resolves and is offered first the next time', async () => {
  await page.keyboard.press('r')
  await page.keyboard.type('Resolvido então, obrigado.')
  await page.getByRole('button', { name: 'Outras formas de enviar' }).click()
  await page.getByRole('menuitem', { name: 'Enviar e resolver' }).click()
  await expect(page.getByRole('button', { name: 'Situação: Resolvido' }).first()).toBeVisible()
  await page.keyboard.press('r')
  await page.keyboard.type('mais uma coisa')
  await expect(page.getByRole('button', { name: 'Enviar e resolver' })).toBeVisible()
  await page.getByLabel('Texto da resposta').fill('')
  await page.getByRole('button', { name: /Recolher o editor/ }).click()
})

test('the subject is changed in place and undone from the toast', async () => {
  await page.getByRole('button', { name: /^Assunto:/ }).click()
  await page.getByRole('textbox', { name: 'Assunto' }).fill('Troca da impressora (garantia)')
  await page.keyboard.press('Enter')
  await expect(
    page.getByRole('button', { name: 'Assunto: Troca da impressora (garantia)' }),
  ).toBeVisible()
  await page
    .getByRole('region', { name: 'Avisos' })
    .getByRole('button', { name: /Desfazer/ })
    .click()
  await expect(
    page.getByRole('button', { name: 'Assunto: Troca da impressora', exact: true }),
  ).toBeVisible()
})

test('two people changing the same field see a conflict and lose nothing', async () => {
  const url = page.url()
  const other = await page.context().newPage()
  await other.goto(url)
  await expect(other.locator('[data-entry]').first()).toBeVisible()
  // The first page must not hear of the change: its live line and its reading are held back.
  await page.route('**/api/v1/events/**', (route) => route.abort())
  await page.goto(url)
  await expect(page.locator('[data-entry]').first()).toBeVisible()
  await page.keyboard.press('n')
  await page.keyboard.type('nota por terminar')
  await page.keyboard.press('Escape')
  await other.bringToFront()
  await other.keyboard.press('p')
  await other.getByRole('combobox', { name: 'Prioridade' }).fill('urgente')
  await other.keyboard.press('Enter')
  await expect(other.getByRole('button', { name: 'Prioridade: Urgente' }).first()).toBeVisible()
  await expect(other.getByText('Prioridade alterada')).toBeVisible()

  await page.bringToFront()
  await page.keyboard.press('p')
  await page.getByRole('combobox', { name: 'Prioridade' }).fill('baixa')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Outra pessoa mudou o mesmo campo')).toBeVisible()
  await expect(page.getByLabel('Texto da nota interna')).toHaveValue('nota por terminar')
  await page.getByRole('button', { name: 'Aplicar a minha mudança' }).click()
  await expect(page.getByRole('button', { name: 'Prioridade: Baixa' }).first()).toBeVisible()
  await page.unrouteAll()
  await other.close()
})

test('a deleted ticket is in the trash and comes back', async () => {
  await page.getByRole('button', { name: 'Mais ações' }).click()
  await page.getByRole('menuitem', { name: 'Excluir chamado' }).click()
  await expect(page.getByText('Chamado excluído')).toBeVisible()
  await page.goto('/inbox/deleted')
  await rowOf(page, LETTER.subject).click()
  await expect(page.getByText('Este chamado está na lixeira.')).toBeVisible()
  await page.getByRole('button', { name: 'Restaurar' }).first().click()
  await expect(page.getByText('Este chamado está na lixeira.')).toBeHidden()
})

test('what is sent without a network waits, stays in sight and leaves once when it is back', async () => {
  await page.keyboard.press('n')
  await page.getByLabel('Texto da nota interna').fill('escrita sem rede')
  await page.context().setOffline(true)
  await expect(page.getByText(/^Sem conexão\. O que você escreve/)).toBeVisible()
  await page.getByLabel('Texto da nota interna').press('Control+Enter')
  await expect(page.getByText('Sem conexão: sai assim que ela voltar')).toBeVisible()
  await expect(page.getByLabel('Texto da nota interna')).toHaveValue('escrita sem rede')
  await page.context().setOffline(false)
  const note = page
    .getByRole('article', { name: /^Nota interna de/ })
    .filter({ hasText: 'escrita sem rede' })
  await expect(note).toBeVisible()
  await page.reload()
  await expect(note).toHaveCount(1)
})
