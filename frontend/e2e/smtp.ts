import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

export const DESK_ADDRESS = 'suporte@demo.local'

interface Running {
  environment: {
    DESK_DEMO_SMTP_PORT: string
    DESK_DEMO_IMAP_PORT: string
    DESK_DEMO_PASSWORD_FILE: string
    DESK_DATA_DIR: string
  }
}

/** What the running desk wrote about itself into its data folder. */
export function runningDesk(): Running {
  const folder = process.env.DESK_DATA
  if (!folder) throw new Error('DESK_DATA names the data folder of the desk under test')
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Running
}

/** Hands raw bytes to the demo room's SMTP server, as another mail server would (RFC 5321). */
export async function sendRaw(
  raw: Buffer | string,
  { from = 'cliente@demo.local', to = DESK_ADDRESS }: { from?: string; to?: string } = {},
): Promise<void> {
  const port = Number(runningDesk().environment.DESK_DEMO_SMTP_PORT)
  const socket = connect(port, '127.0.0.1')
  const say = conversation(socket)
  await say(null, '220')
  await say('EHLO test.demo.local', '250')
  await say(`MAIL FROM:<${from}> SMTPUTF8`, '250')
  await say(`RCPT TO:<${to}>`, '250')
  await say('DATA', '354')
  socket.write(dotted(Buffer.from(raw)))
  await say('.', '250')
  await say('QUIT', '221')
  socket.destroy()
}

/** A mail as text, with the header every test needs. */
export function mail(
  header: Record<string, string>,
  body: string,
  type = 'text/html; charset=utf-8',
): string {
  const id = `${Date.now()}.${Math.random().toString(36).slice(2)}@test.demo.local`
  const fields = {
    To: `Suporte <${DESK_ADDRESS}>`,
    Date: new Date().toUTCString(),
    'Message-ID': `<${id}>`,
    'MIME-Version': '1.0',
    'Content-Type': type,
    ...header,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  return `${lines.join('\n')}\n\n${body}`.replace(/\r?\n/g, '\r\n')
}

/** A multipart body: each part with its own header, and the Content-Type that names the boundary. */
export function multipart(
  kind: string,
  parts: { header: string; body: string }[],
): { type: string; body: string } {
  const boundary = `b${Math.random().toString(36).slice(2)}`
  const body = parts.map((part) => `--${boundary}\n${part.header}\n\n${part.body}\n`).join('')
  return { type: `multipart/${kind}; boundary="${boundary}"`, body: `${body}--${boundary}--\n` }
}

function conversation(socket: Socket) {
  let heard = ''
  let wake = () => {}
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    heard += chunk
    wake()
  })
  const failure = new Promise<never>((_, reject) => socket.on('error', reject))
  return async (line: string | null, code: string): Promise<void> => {
    if (line !== null) socket.write(`${line}\r\n`)
    // The last line of an answer has a space after its code (RFC 5321 4.2.1).
    const last = /^(\d{3}) .*\r\n/m
    while (!last.test(heard)) {
      const more = new Promise<void>((resolve) => {
        wake = resolve
      })
      await Promise.race([more, failure])
    }
    const answer = heard
    heard = ''
    if (!answer.startsWith(code)) throw new Error(`${line ?? 'greeting'}: ${answer.trim()}`)
  }
}

/** Lines that begin with a dot get a second one; the text ends with a line end (RFC 5321 4.5.2). */
function dotted(raw: Buffer): Buffer {
  const text = raw.toString('latin1').replace(/(^|\n)\./g, '$1..')
  return Buffer.from(text.endsWith('\n') ? text : `${text}\r\n`, 'latin1')
}
