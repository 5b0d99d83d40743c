// Drives Chromium for bench/latency.py: prints a JSON list of milliseconds.
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/package.json`)
const { chromium } = require('@playwright/test')

const base = process.env.DESK_URL
const mails = Number(process.env.MAILS)
const admin = {
  name: 'Ana Lima',
  email: 'ana@bench.example',
  password: 'uma-senha-para-medir-7',
  language: 'pt-BR',
}

const browser = await chromium.launch({
  executablePath: process.env.DESK_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
})
const context = await browser.newContext({ baseURL: base })
// The cookie of this sign-in is the page's too: it opens signed in.
const signedIn = await (await context.request.post('/api/v1/setup/', { data: admin })).json()
const headers = { Authorization: `Bearer ${signedIn.access}` }
const page = await context.newPage()
await page.goto('/inbox/open')
await page.getByText('Todos abertos').first().waitFor()
await page.waitForTimeout(3000) // the live stream is open and the first page is drawn

const times = []
for (let number = 0; number < mails; number++) {
  const subject = `Medida ${number} ${Date.now()}`
  const answer = await context.request.post('/api/v1/demo/postbox/', {
    headers,
    data: { name: 'Cliente', address: 'cliente@demo.local', subject, text: 'Olá!' },
  })
  if (answer.status() !== 202) throw new Error(`postbox: ${answer.status()} ${await answer.text()}`)
  const accepted = performance.now()
  await page.getByText(subject).first().waitFor({ timeout: 60_000 })
  times.push(performance.now() - accepted)
}
console.log(JSON.stringify(times))
await browser.close()
