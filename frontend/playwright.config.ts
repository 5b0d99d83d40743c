import { defineConfig } from '@playwright/test'

/** The specs tell one story on one desk, in this order; the first sets the desk up. */
export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  maxFailures: process.env.CI ? 8 : 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  projects: [
    { name: 'story', testMatch: 'story.spec.ts' },
    { name: 'keyboard', testMatch: 'keyboard.spec.ts', dependencies: ['story'] },
    { name: 'ticket', testMatch: 'ticket.spec.ts', dependencies: ['story'] },
    { name: 'mail', testMatch: 'mail.spec.ts', dependencies: ['story'] },
    { name: 'sending', testMatch: 'sending.spec.ts', dependencies: ['story'] },
    { name: 'trace', testMatch: 'trace.spec.ts', dependencies: ['story'] },
    { name: 'setup', testMatch: 'setup.spec.ts', dependencies: ['story'] },
    { name: 'odd', testMatch: 'odd.spec.ts', dependencies: ['mail'] },
    { name: 'pages', testMatch: 'pages.spec.ts', dependencies: ['story'] },
    {
      name: 'languages',
      testMatch: 'languages.spec.ts',
      dependencies: ['keyboard', 'ticket', 'mail', 'sending', 'trace', 'setup', 'odd', 'pages'],
    },
    { name: 'a11y', testMatch: 'a11y.spec.ts', dependencies: ['languages'] },
  ],
  use: {
    baseURL: process.env.DESK_URL ?? 'http://127.0.0.1:8000',
    viewport: { width: 1280, height: 720 },
    locale: 'pt-BR',
    timezoneId: 'America/Sao_Paulo',
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.DESK_CHROMIUM || '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-gpu',
      ],
    },
  },
})
