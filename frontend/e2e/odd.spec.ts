import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { DeskApi } from './api'
import { signedInPage } from './desk'
import { sendRaw } from './smtp'

/**
 * Mails nobody should write, each shown to an agent: nothing in them may run, nothing may be
 * fetched from anywhere, and what a person can read must be there.
 *
 * DESK_PICTURES=folder keeps a picture of every ticket beside its source.
 */

const FOLDER = new URL('../../backend/mail/tests/fixtures/odd/', import.meta.url).pathname
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.replace('.eml', ''))
const PICTURES = process.env.DESK_PICTURES

/** Words that must be readable on the ticket's page; in the frame of the mail or beside it. */
const READABLE: Record<string, string[]> = {
  base: ['boleto de março', 'fora do ar'],
  'bidi-file-name': ['O comprovante está em anexo.'],
  'calendar-invite': ['Revisão do contrato', 'Sala 4, 2º andar', 'Bruno Lima'],
  'cid-logo': ['assinatura', 'Compras'],
  'css-overlay': ['R$ 120,00', 'Ele foi feito no dia 3.'],
  'data-url': ['o relatório', '12%'],
  'deep-nesting': ['A mensagem estava no fundo de doze partes.'],
  'disguised-program': ['Segue a nota fiscal em PDF', 'não é o que o nome diz'],
  'empty-body': ['Sem nada escrito'],
  form: ['Confirme a senha', 'Equipe de contas'],
  'format-flowed': ['linhas, mas é um só e deve ser lido como um só, da largura que a janela'],
  'html-only': ['segunda via do boleto', '10/03/2026'],
  'huge-table': ['Parafuso M3', 'Fim da lista: 240 itens.'],
  'iso-2022-jp': ['発送はいつですか', '田中'],
  'long-line': ['Início da linha.', 'fim-da-linha.', 'depois-do-xis'],
  'meta-refresh': ['Nota fiscal 8841', 'segunda via'],
  'missing-cid': ['foto do defeito', 'não veio com o e-mail'],
  mutation: ['rastreio', 'BR123456789XX'],
  'nested-mail': ['O e-mail do Bruno vai em anexo', 'Motor com defeito'],
  'nested-tables': ['centro', 'fora delas'],
  'no-header': ['Alguém pode me ligar?'],
  outlook: ['O contrato vence no dia', 'Sim, por favor.'],
  'pgp-encrypted': ['Este e-mail está criptografado.'],
  'phishing-link': ['leva a conta-segura.example.net', 'leva a golpe@example.org'],
  'raw-8-bit': ['A cobrança de março veio em dobro.', 'José Conceição'],
  script: ['não consigo', 'Íris'],
  'several-from': ['Mais de um remetente.', 'Enviado por Secretaria'],
  'smime-signed': ['Autorizo a compra', 'Assinado'],
  'spoofed-from': ['diretoria', 'cobranca@example.net'],
  svg: ['A medida certa é', '12 mm'],
  'tracking-pixel': ['Semana do cliente', '1 imagem não carregada'],
  uuencode: ['Segue a lista de peças.', 'Por favor confirme.'],
  winmail: ['Segue o relatório pedido.'],
}

test.describe.configure({ mode: 'serial' })

let page: Page
let dialogs: string[]
let foreign: string[]
let tickets: Map<string, string>

test.beforeAll(async ({ browser, baseURL }) => {
  test.setTimeout(240_000)
  page = await signedInPage(browser)
  dialogs = []
  foreign = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  page.context().on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== new URL(baseURL ?? '').origin)
      foreign.push(request.url())
  })
  for (const name of NAMES) await sendRaw(readFileSync(join(FOLDER, `${name}.eml`)))
  tickets = await arrivedTickets(baseURL)
})

test.afterAll(async () => {
  await page.context().close()
})

/** The tickets of the odd mails by file name, once all of them are there. */
async function arrivedTickets(baseURL: string | undefined): Promise<Map<string, string>> {
  const api = await DeskApi.open(baseURL)
  const found = new Map<string, string>()
  const missing = async () => {
    for (const row of await api.arrived()) {
      const named = NAMES.find((one) => row.message_id === `${one}@odd.demo.local`)
      const bare = row.subject === '' && !row.message_id.endsWith('demo.local')
      const name = named ?? (bare ? 'no-header' : undefined)
      if (name && row.ticket) found.set(name, row.ticket.id)
    }
    return NAMES.filter((name) => !found.has(name))
  }
  await expect.poll(missing, { timeout: 180_000, intervals: [1_000] }).toEqual([])
  await api.close()
  return found
}

test('every odd mail has words that must be readable', () => {
  expect(Object.keys(READABLE).sort()).toEqual([...NAMES].sort())
})

for (const name of NAMES) {
  test(`${name}: it is read, nothing runs and nothing is fetched`, async () => {
    await page.goto(`/tickets/${tickets.get(name)}`)
    const ticket = page.locator('main')
    await expect(ticket.locator('[data-entry]')).toHaveCount(1)
    for (const words of READABLE[name] ?? []) await expectReadable(words)
    await expectStill()
    if (PICTURES) await picture(name)
  })
}

/** The words are on the page, or in the frame that shows the mail's own markup. */
async function expectReadable(words: string): Promise<void> {
  const read = async () => {
    const shown = [page.locator('main'), page.frameLocator('iframe[title]').locator('body')]
    const frames = await page.locator('iframe[title]').count()
    const texts = await Promise.all(
      shown.slice(0, frames > 0 ? 2 : 1).map((one) => one.first().innerText()),
    )
    return texts.join(' ').replace(/\s+/g, ' ')
  }
  await expect.poll(read).toContain(words)
}

/** Nothing of the mail came to life: no script, no window, no request to anybody else. */
async function expectStill(): Promise<void> {
  for (const frame of page.frames())
    expect(await frame.evaluate(() => (window as { __ran?: string }).__ran)).toBeUndefined()
  for (const frame of await page.locator('iframe').all())
    expect(await frame.getAttribute('sandbox')).not.toContain('allow-scripts')
  expect(page.context().pages()).toHaveLength(1)
  expect(dialogs).toEqual([])
  expect(foreign).toEqual([])
}

/** The ticket and its source side by side, for people to look at. */
async function picture(name: string): Promise<void> {
  const folder = PICTURES ?? ''
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}-1-shown.png`) })
  await page.getByRole('button', { name: /^Mais sobre a mensagem/ }).click()
  await page.getByRole('menuitem', { name: 'Mostrar original' }).click()
  const source = page.getByRole('region', { name: 'Código-fonte' })
  await expect(source).toBeVisible()
  await page.screenshot({ path: join(folder, `${name}-2-source.png`) })
  await page.keyboard.press('Escape')
}
