import { expect, type Page } from '@playwright/test'
import { chooseLanguage, signedInPage, test } from './desk'

const PATHS = [
  '/inbox/open',
  '/inbox/mine',
  '/inbox/deleted',
  '/contacts',
  '/ledger/inbound',
  '/ledger/outbound',
  '/mailboxes',
  '/mailboxes/new',
  '/mailboxes/new?step=account&address=a@gmail.com',
  '/mailboxes/providers',
  '/postbox',
  '/tickets/new',
  '/account',
]

/** A catalogue key that reached the screen, such as "inbox:empty.done" or "empty.done". */
const RAW_KEY =
  /\b(common|shell|entry|inbox|ticket|sending|mail|contacts|ledger|mailboxes|postbox|newticket|account):[a-z]/i

async function visit(page: Page, path: string): Promise<string> {
  await page.goto(path)
  await expect(page.getByRole('heading').first()).toBeVisible()
  await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
  const names = await page
    .locator('[aria-label], [title], [placeholder]')
    .evaluateAll((elements) =>
      elements.map((one) =>
        ['aria-label', 'title', 'placeholder'].map((name) => one.getAttribute(name)).join(' '),
      ),
    )
  return `${await page.locator('body').innerText()}\n${names.join('\n')}`
}

for (const language of ['en', 'pt-BR'] as const) {
  test(`every page speaks ${language} and shows no raw key`, async ({ page }) => {
    await page.goto('/inbox/open')
    await chooseLanguage(page, language)
    for (const path of PATHS) {
      const text = await visit(page, path)
      expect(text, path).not.toMatch(RAW_KEY)
      expect(text, path).not.toContain('{{')
      expect(text, path).toContain(language === 'en' ? 'Unassigned' : 'Sem responsável')
    }
  })
}

test('the language is kept with the account', async ({ browser, page: first }) => {
  await first.goto('/inbox/open')
  await chooseLanguage(first, 'en')
  const second = await signedInPage(browser)
  await expect(second.getByRole('heading', { name: 'All open' })).toBeVisible()
  await chooseLanguage(second, 'pt-BR')
  await expect(second.getByRole('heading', { name: 'Todos abertos' })).toBeVisible()
})
