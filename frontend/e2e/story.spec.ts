import { expect, type Page, test } from '@playwright/test'
import { ADMIN, collectProblems, rowOf } from './desk'

test.describe.configure({ mode: 'serial' })

const CUSTOMER = { name: 'Núbia Reis', address: 'nubia.reis@demo.local' }
const SUBJECT = 'Pedido 7781 sem rastreio'

let agent: Page
let customer: Page
let problems: string[]

test.beforeAll(async ({ browser }) => {
  const context = await browser.newContext()
  agent = await context.newPage()
  problems = collectProblems(agent)
})

test.afterAll(async () => {
  await agent.context().close()
})

test('a fresh desk asks for its first administrator and lets them in', async () => {
  await agent.goto('/')
  await agent.waitForURL('**/setup')
  await agent.getByLabel('Seu nome').fill(ADMIN.name)
  await agent.getByLabel('Seu e-mail').fill(ADMIN.email)
  await agent.locator('input[autocomplete="new-password"]').fill('curta')
  await expect(agent.getByText('A senha precisa de pelo menos 12 caracteres.')).toBeVisible()
  await agent.locator('input[autocomplete="new-password"]').fill(ADMIN.password)
  await expect(agent.getByText('Força da senha: Forte')).toBeVisible()
  await agent.getByRole('button', { name: 'Criar conta e entrar' }).click()
  await agent.waitForURL('**/inbox/open')
  await expect(agent.getByRole('heading', { name: 'Todos abertos' })).toBeVisible()
})

test('a reload keeps the person signed in without a token in storage', async () => {
  await agent.reload()
  await expect(agent.getByRole('heading', { name: 'Todos abertos' })).toBeVisible()
  const stored = await agent.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  expect(stored).not.toMatch(/eyJ|access|refresh/)
})

test('what a customer writes appears in the open inbox by itself', async () => {
  await expect(agent.getByRole('img', { name: 'Ao vivo' })).toBeVisible()
  await agent.evaluate(() => Object.assign(window, { neverReloaded: true }))
  customer = await agent.context().newPage()
  await customer.goto(`/postbox?${new URLSearchParams(CUSTOMER)}`)
  await customer.getByRole('button', { name: 'Escrever ao atendimento' }).click()
  await customer.getByLabel('Assunto').fill(SUBJECT)
  await customer.getByLabel('Mensagem').fill('Bom dia, onde está o meu pedido?\n\nNúbia')
  await customer.getByRole('button', { name: 'Enviar e-mail' }).click()

  await agent.bringToFront()
  await expect(rowOf(agent, SUBJECT)).toBeVisible({ timeout: 60_000 })
  await expect(rowOf(agent, SUBJECT)).toContainText('Núbia Reis')
  expect(await agent.evaluate(() => 'neverReloaded' in window)).toBe(true)
})

test('the agent reads the mail and answers it', async () => {
  await rowOf(agent, SUBJECT).click()
  await expect(agent.getByRole('article', { name: 'Mensagem de Núbia Reis' })).toContainText(
    'onde está o meu pedido?',
  )
  await agent.keyboard.press('r')
  await expect(agent.getByText(CUSTOMER.address).last()).toBeVisible()
  await agent.keyboard.type('Olá Núbia, o pedido chega amanhã.')
  await agent.keyboard.press('Control+Enter')
  const reply = agent.getByRole('article', { name: `Resposta de ${ADMIN.name}` })
  await expect(reply).toContainText('o pedido chega amanhã')
  await expect(reply.getByRole('button', { name: 'Enviada' })).toBeVisible({ timeout: 60_000 })
})

test('the customer finds the answer in the same conversation and answers back', async () => {
  await customer.bringToFront()
  const answer = customer.getByRole('button', { name: /o pedido chega amanhã/ })
  await expect(answer).toBeVisible({ timeout: 60_000 })
  await answer.click()
  const letters = customer.getByRole('article')
  await expect(letters).toHaveCount(2)
  await expect(letters.first()).toContainText('o pedido chega amanhã')
  await expect(customer.getByRole('link', { name: /Ver o chamado \d+/ })).toBeVisible({
    timeout: 60_000,
  })
  await customer.getByRole('button', { name: 'Responder ao atendimento' }).click()
  await customer.getByLabel('Mensagem').fill('Muito obrigada, fico no aguardo!')
  await customer.getByRole('button', { name: 'Enviar e-mail' }).click()
  await expect(customer.getByRole('article')).toHaveCount(3)
})

test('the same ticket shows both sides and no second one was made', async () => {
  await agent.bringToFront()
  const answer = agent.getByRole('article', { name: 'Mensagem de Núbia Reis' }).last()
  await expect(answer).toContainText('Muito obrigada, fico no aguardo!', { timeout: 60_000 })
  await expect(answer).not.toContainText('onde está o meu pedido?')
  await expect(agent.locator('[data-entry]')).toHaveCount(3)
  await expect(rowOf(agent, SUBJECT)).toHaveCount(1)
})

test('the link in the postbox leads to that ticket', async () => {
  await customer.bringToFront()
  await customer.getByRole('link', { name: /Ver o chamado \d+/ }).click()
  await expect(customer.getByRole('heading', { name: new RegExp(SUBJECT) })).toBeVisible()
})

test('every mail of the story stands in the ledger with its fate', async () => {
  await agent.goto('/ledger/inbound')
  const table = agent.getByRole('table')
  await expect(
    table.getByRole('row', { name: new RegExp(`Novo chamado.*${SUBJECT}`) }),
  ).toBeVisible()
  await expect(table.getByRole('row', { name: new RegExp(`Resposta.*${SUBJECT}`) })).toBeVisible()
  await agent.getByRole('tab', { name: 'Enviados' }).click()
  await expect(
    table.getByRole('row', { name: new RegExp(`Enviado.*${CUSTOMER.address}`) }).first(),
  ).toBeVisible()
})

test('the browser reported no error and no breach of the page policy', () => {
  expect(problems).toEqual([])
})
