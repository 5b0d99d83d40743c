import {
  type Browser,
  type BrowserContext,
  test as base,
  expect,
  type Page,
} from '@playwright/test'

export const ADMIN = {
  name: 'Clara Mendes',
  email: 'clara@example.com',
  password: 'cavalo correto bateria grampo',
}

/**
 * A refused request is the app's business and shows in the page; and the frame of a mail keeps out
 * Playwright's own script too, which wants to run in every frame. Anything else is a fault.
 */
const NO_FAULT = /Failed to load resource|^Blocked script execution in 'about:srcdoc'/

/** Errors and policy breaches that the browser reports while a spec runs. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !NO_FAULT.test(message.text())) {
      problems.push(`console: ${message.text()}`)
    }
  })
  return problems
}

export async function signIn(page: Page): Promise<void> {
  await page.goto('/login')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(ADMIN.email)
  await page.locator('input[autocomplete="current-password"]').fill(ADMIN.password)
  await page.getByRole('button', { name: /^(Entrar|Sign in)$/ }).click()
  await page.waitForURL('**/inbox/**')
  await expect(page.getByRole('navigation')).toBeVisible()
}

/** A page that starts signed in; its context is thrown away with the test. */
export async function signedInPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await signIn(page)
  return page
}

/** Tests whose page is signed in; the tests of one file sign in once, as a person at work does. */
export const test = base.extend<object, { signedIn: BrowserContext }>({
  signedIn: [
    async ({ browser }, use) => {
      const page = await signedInPage(browser)
      const context = page.context()
      await page.close()
      await use(context)
      await context.close()
    },
    { scope: 'worker' },
  ],
  page: async ({ signedIn }, use) => {
    const page = await signedIn.newPage()
    await use(page)
    await page.close()
  },
})

const LANGUAGE = { 'pt-BR': 'Português (Brasil)', en: 'English' }
const THEME = { light: /^(Claro|Light)/, dark: /^(Escuro|Dark)/ }

const userMenu = (page: Page) => page.getByRole('button', { name: /^Menu (de|of) / })

export async function chooseLanguage(page: Page, language: keyof typeof LANGUAGE): Promise<void> {
  await userMenu(page).waitFor()
  // Choosing what is already chosen asks the desk for nothing.
  if ((await page.locator('html').getAttribute('lang')) === language) return
  const saved = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/me/'))
  await userMenu(page).click()
  await page.getByRole('menuitemradio', { name: LANGUAGE[language] }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', language)
  await saved
  await page.keyboard.press('Escape')
}

export async function chooseTheme(page: Page, theme: keyof typeof THEME): Promise<void> {
  await userMenu(page).waitFor()
  const shown = await page.locator('html').getAttribute('data-mantine-color-scheme')
  if (shown === theme) return
  const saved = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/me/'))
  await userMenu(page).click()
  await page.getByRole('menuitemradio', { name: THEME[theme] }).click()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme)
  await saved
  await page.keyboard.press('Escape')
}

/** Writes to the desk as a customer of the demo room and waits until the postbox shows it as sent. */
export async function writeAsCustomer(
  page: Page,
  letter: { name: string; address: string; subject: string; text: string },
): Promise<void> {
  const { name, address, subject, text } = letter
  await page.goto(`/postbox?${new URLSearchParams({ name, address })}`)
  await page.getByRole('button', { name: /^(Escrever ao atendimento|Write to the desk)$/ }).click()
  await page.getByLabel(/^(Assunto|Subject)$/).fill(subject)
  await page.getByLabel(/^(Mensagem|Message)$/).fill(text)
  await page.getByRole('button', { name: /^(Enviar e-mail|Send mail)$/ }).click()
  await expect(
    page
      .getByRole('list', { name: /^(E-mails|Mails)$/ })
      .getByText(subject)
      .first(),
  ).toBeVisible()
}

export function rowOf(page: Page, subject: string) {
  return page.locator('[data-ticket]').filter({ hasText: subject })
}
