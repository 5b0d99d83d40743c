import { expect, type Page, test } from '@playwright/test'
import { DeskApi } from './api'
import { collectProblems, signedInPage } from './desk'
import { mail, multipart, sendRaw } from './smtp'

test.describe.configure({ mode: 'serial' })

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEUlEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC'
const LIA = 'Lia Souto <lia.souto@demo.local>'

let page: Page
let api: DeskApi
let problems: string[]

test.beforeAll(async ({ browser, baseURL }) => {
  page = await signedInPage(browser)
  problems = collectProblems(page)
  api = await DeskApi.open(baseURL)
})

test.afterAll(async () => {
  await page.context().close()
  await api.close()
})

/** Sends a mail and opens the ticket that the desk makes of it. */
async function sendAndOpen(raw: string): Promise<void> {
  await sendRaw(raw)
  const id = /^Message-ID: <(.+)>\r$/m.exec(raw)?.[1] ?? ''
  await page.goto(`/tickets/${await api.ticketOf(id)}`)
  await expect(page.locator('[data-entry]').first()).toBeVisible()
}

const frame = () => page.frameLocator('iframe[title^="Mensagem formatada"]').locator('body')

async function openMenu(item: string): Promise<void> {
  await page
    .getByRole('button', { name: /^Mais sobre a mensagem/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('a mail with a layout is shown formatted, as high as it is and without its quotation', async () => {
  const lines = Array.from({ length: 60 }, (_, at) => `<tr><td>${at}</td><td>Parafuso</td></tr>`)
  const subject = 'Lista de peças'
  const body = `<p>Segue a <b>lista</b>:</p><table>${lines.join('\n')}</table>
<p>Fim da lista.</p><div>Em seg., 9 de mar. de 2026 às 10:00, Suporte &lt;suporte@demo.local&gt; escreveu:<br>
<blockquote>Mande a lista, por favor.</blockquote></div>`
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body))
  await expect(frame()).toContainText('Fim da lista.')
  await expect(frame()).not.toContainText('Mande a lista')
  const fits = () =>
    frame().evaluate(({ ownerDocument: { documentElement: root } }) => {
      return root.scrollHeight - root.clientHeight
    })
  await expect.poll(fits).toBeLessThanOrEqual(0)
  await page.getByRole('button', { name: /^Mostrar o resto/ }).click()
  await expect(frame()).toContainText('Mande a lista')
  await openMenu('Mostrar como texto')
  await expect(page.locator('iframe')).toHaveCount(0)
  await expect(page.locator('[data-entry]')).toContainText('Fim da lista.')
})

test('a mail of plain words is shown as text', async () => {
  const subject = 'Horário da loja'
  await sendAndOpen(
    mail({ From: LIA, Subject: subject }, '<div dir="ltr">Bom dia,<br>a que horas abrem?</div>'),
  )
  await expect(page.locator('[data-entry]')).toContainText('a que horas abrem?')
  await expect(page.locator('iframe')).toHaveCount(0)
})

test('remote images stay away until they are asked for; one that is refused says why', async () => {
  const subject = 'Catálogo com imagens'
  const body = `<p>Veja:</p><img src="http://127.0.0.1:9/um.png" alt="Um" width="60" height="40">
<img src="https://imagens.example.com/dois.png" alt="Dois" width="60" height="40">
<img src="https://conta.example.com/lido.gif" width="1" height="1">`
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('remote-images')) asked.push(request.url())
  })
  // The desk under test reaches no foreign server: this picture comes from the spec.
  await page.route('**/remote-images/1/', (route) =>
    route.fulfill({ contentType: 'image/png', body: Buffer.from(PNG, 'base64') }),
  )
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body))
  await expect(page.getByText('2 imagens não carregadas')).toBeVisible()
  await expect(frame().locator('img')).toHaveCount(0)
  await expect(frame()).toContainText('Dois')
  expect(asked).toEqual([])

  await page.getByRole('button', { name: 'Carregar', exact: true }).click()
  await expect(frame().getByRole('img', { name: 'Dois' })).toBeVisible()
  await expect(frame().locator('[data-image="failed"]')).toContainText('Um · ')
  await expect(page.getByText('1 imagem não pôde ser carregada')).toBeVisible()
  expect(asked.map((url) => new URL(url).pathname.split('/').at(-2)).sort()).toEqual(['0', '1'])
})

test('the images of a sender who is remembered load by themselves, until that is taken back', async () => {
  await page.reload()
  await page.getByRole('button', { name: 'Sempre deste remetente' }).click()
  await expect(page.getByText(/passam a carregar sozinhas/)).toBeVisible()
  await page.reload()
  await expect(frame().getByRole('img', { name: 'Dois' })).toBeVisible()
  await page.goto('/account')
  await page.getByRole('button', { name: /lia\.souto@demo\.local/ }).click()
  await expect(page.getByText('Nenhum remetente.')).toBeVisible()
  await page.unrouteAll()
})

test('a link tells where it leads, and a false one is marked', async () => {
  const subject = 'Conta bloqueada'
  const body =
    '<p><b>Entre</b> em <a href="https://roubo.example.net/x">https://banco.example.com</a></p>'
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body))
  await expect(frame()).toContainText('leva a roubo.example.net')
  const link = frame().getByRole('link')
  await link.focus()
  const shown = () => link.evaluate((one) => getComputedStyle(one, '::after').content)
  await expect.poll(shown).toContain('roubo.example.net')
  const opened = page.context().waitForEvent('page')
  await link.click()
  const other = await opened
  expect(await other.evaluate(() => window.opener)).toBeNull()
  await other.close()
})

test('the original shows its source and its header, and can be copied and kept', async () => {
  await openMenu('Mostrar original')
  const dialog = page.getByRole('dialog', { name: 'Original' })
  await expect(dialog.getByText('Subject: Conta bloqueada')).toBeVisible()
  await dialog.getByRole('tab', { name: 'Cabeçalho' }).click()
  await expect(dialog.getByRole('row', { name: /^Subject Conta bloqueada/ })).toBeVisible()
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Baixar .eml' }).click()
  expect((await download).suggestedFilename()).toBe('Conta bloqueada.eml')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('an invitation is a card with the time in the reader’s zone', async () => {
  const subject = 'Convite para a visita'
  const event = [
    'BEGIN:VCALENDAR',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:visita@test.demo.local',
    'DTSTART:20270510T133000Z',
    'DTEND:20270510T143000Z',
    'SUMMARY:Visita técnica',
    'LOCATION:Galpão 2',
    'ORGANIZER;CN=Lia Souto:mailto:lia.souto@demo.local',
    'ATTENDEE;CN=Suporte:mailto:suporte@demo.local',
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\n')
  const { type, body } = multipart('alternative', [
    { header: 'Content-Type: text/plain; charset=utf-8', body: 'Convido para a visita.' },
    { header: 'Content-Type: text/calendar; charset=utf-8; method=REQUEST', body: event },
  ])
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body, type))
  const card = page.getByRole('region', { name: 'Convite: Visita técnica' })
  await expect(card).toContainText('10 de maio de 2027')
  await expect(card).toContainText('10:30')
  await expect(card).toContainText('Galpão 2')
  const download = page.waitForEvent('download')
  await card.getByRole('button', { name: 'Baixar invite.ics' }).click()
  expect((await download).suggestedFilename()).toBe('invite.ics')
})

test('a mail inside a mail opens beside the conversation, its files can be kept', async () => {
  const subject = 'Encaminho em anexo'
  const inner = multipart('mixed', [
    { header: 'Content-Type: text/html; charset=utf-8', body: '<p>O <b>motor</b> queimou.</p>' },
    {
      header:
        'Content-Type: text/csv\nContent-Disposition: attachment; filename="medidas.csv"\nContent-Transfer-Encoding: base64',
      body: Buffer.from('a;b\n1;2\n').toString('base64'),
    },
  ])
  const nested = mail(
    { From: 'Davi Reis <davi@example.com>', Subject: 'Motor queimado' },
    inner.body,
    inner.type,
  )
  const { type, body } = multipart('mixed', [
    { header: 'Content-Type: text/plain; charset=utf-8', body: 'O e-mail do Davi vai em anexo.' },
    {
      header:
        'Content-Type: message/rfc822\nContent-Disposition: attachment; filename="Motor queimado.eml"',
      body: nested,
    },
  ])
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body, type))
  await page.getByRole('button', { name: /^Abrir: Motor queimado\.eml/ }).click()
  const drawer = page.getByRole('dialog', { name: 'Motor queimado' })
  await expect(drawer).toContainText('Davi Reis <davi@example.com>')
  await expect(
    drawer.frameLocator('iframe[title]').locator('body').getByText('motor'),
  ).toBeVisible()
  const download = page.waitForEvent('download')
  await drawer.getByRole('button', { name: /medidas\.csv/ }).click()
  expect((await download).suggestedFilename()).toBe('medidas.csv')
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
})

test('pictures open large with the keyboard; a disguised program warns before it is kept', async () => {
  const subject = 'Fotos e nota'
  const file = (name: string, type: string, bytes: Buffer) => ({
    header: `Content-Type: ${type}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"`,
    body: bytes.toString('base64'),
  })
  const picture = Buffer.from(PNG, 'base64')
  const program = Buffer.concat([Buffer.from('MZ\x90\0'), Buffer.alloc(120), Buffer.from('PE\0\0')])
  const { type, body } = multipart('mixed', [
    { header: 'Content-Type: text/plain; charset=utf-8', body: 'Seguem.' },
    file('frente.png', 'image/png', picture),
    file('verso.png', 'image/png', Buffer.concat([picture, Buffer.from([0])])),
    file('nota.pdf', 'application/pdf', program),
  ])
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body, type))
  await page.getByRole('button', { name: /^Ver: frente\.png/ }).press('Enter')
  const large = page.getByRole('dialog', { name: 'frente.png' })
  await expect(large.getByRole('img', { name: 'frente.png' })).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('img', { name: 'verso.png' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  await expect(page.getByText('nota.pdf não é o que o nome diz.')).toBeVisible()
  await page.getByRole('button', { name: /^Baixar: nota\.pdf/ }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Baixar mesmo assim' }).click()
  expect((await download).suggestedFilename()).toBe('nota.pdf')
})

test('a forwarded mail stands apart from the words of who passed it on', async () => {
  const subject = 'Enc: Boleto vencido'
  const body = `Podem ver isto?

---------- Forwarded message ---------
De: Bruno Lima <bruno@example.com>
Date: seg., 3 de mar. de 2026 10:00
Subject: Boleto vencido
To: Lia Souto <lia.souto@demo.local>

Bom dia, meu boleto venceu.
`
  await sendAndOpen(mail({ From: LIA, Subject: subject }, body, 'text/plain; charset=utf-8'))
  const card = page.getByRole('region', { name: 'E-mail encaminhado de Bruno Lima' })
  await expect(card).toContainText('Bom dia, meu boleto venceu.')
  await expect(card).not.toContainText('Podem ver isto?')
  await expect(page.locator('[data-entry]')).toContainText('Podem ver isto?')
})

const REQUEST_ID = `held-${Date.now()}@test.demo.local`

async function replyFromElsewhere(words: string): Promise<void> {
  await sendRaw(
    mail(
      {
        From: 'Conta Velha <conta.velha@demo.local>',
        Subject: 'Re: Endereço de entrega',
        'In-Reply-To': `<${REQUEST_ID}>`,
      },
      words,
      'text/plain; charset=utf-8',
    ),
  )
}

test('a reply from another address waits for a decision and can be accepted', async () => {
  const subject = 'Endereço de entrega'
  const raw = mail(
    { From: LIA, Subject: subject, 'Message-ID': `<${REQUEST_ID}>` },
    'Mudei de casa.',
    'text/plain; charset=utf-8',
  )
  await sendAndOpen(raw)
  await replyFromElsewhere('Escrevo da outra conta.')
  const held = page.getByRole('article', { name: 'Resposta de outro endereço: Conta Velha' })
  await expect(held).toContainText('Escrevo da outra conta.', { timeout: 60_000 })
  await expect(held.getByRole('status')).toContainText('ainda não faz parte da conversa')
  await held.getByRole('button', { name: 'Aceitar na conversa' }).click()
  await expect(page.getByRole('article', { name: 'Mensagem de Conta Velha' })).toBeVisible()
  await expect(held).toHaveCount(0)
})

test('a held reply can become a ticket of its own', async () => {
  await sendRaw(
    mail(
      {
        From: 'Outra Pessoa <outra.pessoa@demo.local>',
        Subject: 'Re: Endereço de entrega',
        'In-Reply-To': `<${REQUEST_ID}>`,
      },
      'Quero outra coisa.',
      'text/plain; charset=utf-8',
    ),
  )
  const held = page.getByRole('article', { name: 'Resposta de outro endereço: Outra Pessoa' })
  await expect(held).toBeVisible({ timeout: 60_000 })
  await held.getByRole('button', { name: 'Abrir novo chamado' }).click()
  await expect(page.getByRole('article', { name: 'Mensagem de Outra Pessoa' })).toBeVisible()
  await expect(page.locator('[data-entry]')).toHaveCount(1)
})

/** The mailbox of the demo room answers nobody by itself and has no hours. */
async function silence(): Promise<void> {
  const [mailbox] = await api.get<{ id: string }[]>('mailboxes/')
  await api.patch(`mailboxes/${mailbox?.id}/`, { acknowledge: false, working_hours: {} })
}

test('a mailbox answers by itself with the words and hours it is given', async () => {
  await silence()
  await page.goto('/mailboxes')
  await page.getByRole('link', { name: /^Suporte/ }).click()
  const answers = page.getByRole('region', { name: 'Respostas automáticas' })
  await answers.getByRole('switch', { name: 'Confirmar o recebimento' }).click()
  const text = answers.getByLabel('Texto', { exact: true })
  await text.fill('Recebemos! Seu número é ')
  await answers.getByRole('button', { name: 'Inserir {ticket}' }).first().click()
  await expect(text).toHaveValue('Recebemos! Seu número é {ticket}')
  await answers.getByLabel('Texto fora do horário').fill('Voltamos logo: {ticket}')
  await answers.getByRole('group', { name: 'Segunda' }).getByRole('checkbox').check()
  const monday = answers.getByRole('group', { name: 'Segunda' })
  await monday.getByLabel('Até').fill('8h')
  await monday.getByLabel('Até').blur()
  await expect(monday.getByRole('alert')).toContainText('precisa terminar depois de começar')
  await monday.getByLabel('Até').fill('12')
  await monday.getByLabel('Até').press('Tab')
  await monday.getByRole('button', { name: /^Mais um intervalo/ }).click()
  await answers.getByRole('button', { name: /^Repetir Segunda/ }).click()
  await page.getByRole('button', { name: 'Salvar' }).click()
  await expect(page.getByText('Alterações salvas')).toBeVisible()
  await page.reload()
  const friday = answers.getByRole('group', { name: 'Sexta' })
  await expect(friday.getByLabel('Das').nth(1)).toHaveValue('13:00')

  const subject = 'Pedido de orçamento'
  await sendAndOpen(
    mail(
      { From: 'Nair Dias <nair.dias@demo.local>', Subject: subject },
      'Bom dia, quanto custa o conserto da bomba? Obrigada pela atenção.',
      'text/plain; charset=utf-8',
    ),
  )
  const quiet = page.getByRole('button', { name: /Confirmação de recebimento/ })
  await quiet.click()
  const answer = page.getByRole('article', { name: /^Resposta de/ })
  await expect(answer).toContainText(/(Recebemos! Seu número é|Voltamos logo:) #?\d+/)

  await silence()
})

test('the browser reported no error and no breach of the page policy', () => {
  expect(problems).toEqual([])
})
