import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { DeskApi } from './api'
import { chooseTheme, rowOf, test } from './desk'
import { mail, sendRaw } from './smtp'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What a theme can change; everything else is looked at in the light one. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

async function expectClean(page: Page, where: string): Promise<void> {
  const dark = await page.evaluate(
    () => document.documentElement.dataset.mantineColorScheme === 'dark',
  )
  // The mail's own page is the customer's, in a frame without the desk's rights: one frame is
  // left, and the legacy mode needs no page of its own for it.
  const axe = new AxeBuilder({ page }).exclude('iframe').setLegacyMode()
  const { violations } = await (dark ? axe.withRules(COLOUR_RULES) : axe.withTags(TAGS)).analyze()
  const found = violations.map(
    ({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`,
  )
  expect(found).toEqual([])
}

async function expectFits(page: Page, where: string): Promise<void> {
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth > window.innerWidth,
  )
  expect(tooWide, `${where} scrolls sideways`).toBe(false)
}

const PAGES: [string, string][] = [
  ['/inbox/open', '[data-ticket]'],
  ['/inbox/mine', 'h1'],
  ['/inbox/all?priority=urgent', '[data-ticket]'],
  ['/contacts', 'table'],
  ['/ledger/inbound', 'table'],
  ['/ledger/outbound', 'table'],
  ['/ledger/trace?q=nubia.reis%40demo.local', '[data-trace]'],
  ['/ledger/queues', 'table'],
  ['/doctor', 'h1'],
  ['/status', '[data-part]'],
  ['/mailboxes', 'main li a'],
  ['/mailboxes/new', 'form'],
  ['/mailboxes/new?step=account&address=a@gmail.com', 'form input[autocomplete="new-password"]'],
  ['/mailboxes/providers', 'form'],
  ['/postbox', 'h1'],
  ['/tickets/new', 'form'],
  ['/account', 'form'],
]

for (const theme of ['light', 'dark'] as const) {
  test(`every page is clean in the ${theme} theme`, async ({ page }) => {
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    for (const [path, sign] of PAGES) {
      await page.goto(path)
      await page.locator(sign).first().waitFor()
      await expectClean(page, path)
      await expectFits(page, path)
    }
  })

  test(`a ticket with all its parts is clean in the ${theme} theme`, async ({ page }) => {
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    await page.goto('/inbox/all?search=rastreio')
    await page.locator('[data-ticket]').first().click()
    await page.locator('[data-entry]').first().waitFor()
    await expectClean(page, 'ticket')
    await page.keyboard.press('d')
    for (const tab of ['Contato', 'Histórico', 'Detalhes']) {
      await page.getByRole('tab', { name: tab }).click()
      await expectClean(page, `panel ${tab}`)
    }
    await page.keyboard.press('d')
    await page.keyboard.press('n')
    await expectClean(page, 'note')
    await page.keyboard.press('Escape')
    await page.keyboard.press('r')
    await page.getByLabel('Texto da resposta').fill('Olá')
    await expectClean(page, 'reply')
    await page.getByRole('button', { name: 'Outras formas de enviar' }).click()
    await page.getByRole('menu').waitFor()
    await expectClean(page, 'ways to send')
    await page.getByRole('menuitem', { name: 'Escolher data e hora…' }).click()
    await page.getByRole('dialog', { name: 'Enviar depois' }).waitFor()
    await expectClean(page, 'send later')
    await page.keyboard.press('Escape')
    await page.getByLabel('Texto da resposta').fill('')
  })

  test(`replies in every state are clean in the ${theme} theme`, async ({ page, baseURL }) => {
    const api = await DeskApi.open(baseURL)
    const undo = await api.undoWindow(120)
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    await page.goto(`/inbox/all?${new URLSearchParams({ search: 'Orçamento da bomba' })}`)
    await rowOf(page, 'Orçamento da bomba').first().click()
    const replies = page.getByRole('article', { name: /^Resposta de/ })
    await replies.first().waitFor()
    await expectClean(page, 'sent and cancelled')
    await replies.last().getByRole('button', { name: 'Enviada' }).click()
    await page.getByRole('region', { name: 'Detalhes do envio' }).waitFor()
    await expectClean(page, 'details of a delivery')
    await page.keyboard.press('Escape')
    await page.keyboard.press('r')
    await page.getByLabel('Texto da resposta').fill('Até logo!')
    await page.getByLabel('Texto da resposta').press('Control+Enter')
    await page.getByRole('timer').waitFor()
    await expectClean(page, 'leaving')
    await page.keyboard.press('z')
    await page.getByLabel('Texto da resposta').fill('')
    await api.undoWindow(undo)
    await api.close()
  })

  test(`mails in all their forms are clean in the ${theme} theme`, async ({ page }) => {
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    const mails = ['Lista de peças', 'Convite para a visita', 'Fotos e nota', 'Boleto vencido']
    for (const subject of mails) {
      await page.goto(`/inbox/all?${new URLSearchParams({ search: subject })}`)
      await rowOf(page, subject).first().click()
      await page.locator('[data-entry]').first().waitFor()
      await expectClean(page, subject)
      await expectFits(page, subject)
    }
    await page.getByRole('button', { name: /^Mais sobre a mensagem/ }).click()
    await page.getByRole('menuitem', { name: 'Mostrar original' }).click()
    const original = page.getByRole('dialog', { name: 'Original' })
    await original.getByRole('region').waitFor()
    await expectClean(page, 'source')
    await original.getByRole('tab', { name: 'Cabeçalho' }).click()
    await expectClean(page, 'header of a mail')
    await page.keyboard.press('Escape')
    await page.goto(`/inbox/all?${new URLSearchParams({ search: 'Encaminho em anexo' })}`)
    await page.locator('[data-ticket]').first().click()
    await page.getByRole('button', { name: /^Abrir: Motor/ }).click()
    await page.getByRole('dialog').locator('iframe[title]').waitFor()
    await expectClean(page, 'mail inside a mail')
  })

  test(`a held reply and the settings of a mailbox are clean in the ${theme} theme`, async ({
    page,
  }) => {
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    const subject = `Retida no tema ${theme}`
    const id = `${Date.now()}.${theme}@test.demo.local`
    const type = 'text/plain; charset=utf-8'
    await sendRaw(
      mail({ From: 'lia@demo.local', Subject: subject, 'Message-ID': `<${id}>` }, 'a', type),
    )
    await page.goto(`/inbox/all?${new URLSearchParams({ search: subject })}`)
    await rowOf(page, subject).first().click({ timeout: 60_000 })
    await page.locator('[data-entry]').first().waitFor()
    await sendRaw(
      mail({ From: 'eva@demo.local', Subject: subject, 'In-Reply-To': `<${id}>` }, 'b', type),
    )
    await page.getByText('ainda não faz parte da conversa').waitFor({ timeout: 60_000 })
    await expectClean(page, 'held reply')
    await page.goto('/mailboxes')
    await page.getByRole('link', { name: /^Suporte/ }).click()
    await page.getByRole('switch', { name: 'Confirmar o recebimento' }).click()
    await page.getByRole('group', { name: 'Domingo' }).waitFor()
    await expectClean(page, 'automatic answers')
    await page.getByRole('button', { name: 'Descartar' }).click()
  })

  test(`table, dialogs and menus are clean in the ${theme} theme`, async ({ page }) => {
    await page.goto('/inbox/open')
    await chooseTheme(page, theme)
    await page.goto('/inbox/all')
    await page.locator('[data-ticket]').first().waitFor()
    await page.getByRole('button', { name: 'Ver como tabela' }).click()
    await page.getByRole('table').waitFor()
    await expectClean(page, 'table')
    await expectFits(page, 'table')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await expectClean(page, 'command bar')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await expectClean(page, 'shortcut sheet')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Menu de / }).click()
    await page.getByRole('menu').waitFor()
    await expectClean(page, 'user menu')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Ver lista e leitura' }).click()
  })
}

test('the pages before sign-in are clean', async ({ browser }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto('/login')
  await page.getByRole('button', { name: 'Entrar' }).waitFor()
  await expectClean(page, 'login')
  await context.close()
})
