import { createInstance, type TFunction } from 'i18next'
import { beforeAll, describe, expect, test } from 'vitest'
import { fieldWords, isOffline, problemWords } from './problemWords'

const WORDS = {
  'pt-BR': {
    unexpected: 'Recarregue a página. Detalhe técnico: {{words}}',
    code: {
      offline: 'Sem conexão. Tente de novo.',
      error: 'O pedido foi recusado. Tente de novo.',
      invalid: 'Confira o que foi preenchido.',
      ticket_deleted: 'O chamado está na lixeira. Restaure-o antes.',
    },
    field: {
      blank: 'Preencha este campo.',
      max_length: 'É longo demais. Encurte.',
      bad_port: 'Digite uma porta entre 1 e 65535.',
    },
  },
  en: { code: { ticket_deleted: 'The ticket is in the trash. Restore it first.' } },
}

let t: TFunction
let english: TFunction

beforeAll(async () => {
  const i18n = createInstance()
  await i18n.init({
    lng: 'pt-BR',
    fallbackLng: false,
    interpolation: { escapeValue: false },
    resources: { 'pt-BR': { problems: WORDS['pt-BR'] }, en: { problems: WORDS.en } },
  })
  t = i18n.t
  english = i18n.getFixedT('en')
})

/** A refusal of the API; each wrong field with its pairs of English words and code. */
function refusal(code: string, wrong: Record<string, [string, string][]> = {}, said = 'English.') {
  const part = (index: 0 | 1) =>
    Object.fromEntries(
      Object.entries(wrong).map(([name, pairs]) => [name, pairs.map((pair) => pair[index])]),
    )
  return Object.assign(new Error(said), { code, fields: part(0), fieldCodes: part(1) })
}

describe('problemWords', () => {
  test('a known code is said in the language of the reader', () => {
    const problem = refusal('ticket_deleted')
    expect(problemWords(problem, t)).toBe('O chamado está na lixeira. Restaure-o antes.')
    expect(problemWords(problem, english)).toBe('The ticket is in the trash. Restore it first.')
  })

  test('a code the app does not know keeps the words of the API, whatever they hold', () => {
    const said = '{{name}} and $t(problems:code.error) are wrong.'
    expect(problemWords(refusal('of_tomorrow', {}, said), t)).toBe(said)
  })

  test('an answer without words still says what to do', () => {
    expect(problemWords(refusal('of_tomorrow', {}, ''), t)).toBe(
      'O pedido foi recusado. Tente de novo.',
    )
  })

  test('where only fields are wrong it says what is wrong with them, each thing once', () => {
    const problem = refusal('invalid', {
      name: [['This field may not be blank.', 'blank']],
      text: [['Write something first.', 'blank']],
      imap_port: [['Type a port.', 'bad_port']],
    })
    expect(problemWords(problem, t)).toBe('Preencha este campo. Digite uma porta entre 1 e 65535.')
    expect(problemWords(refusal('invalid'), t)).toBe('Confira o que foi preenchido.')
  })

  test('no answer at all is told from a refusal', () => {
    const away = refusal('offline', {}, '')
    expect(isOffline(away)).toBe(true)
    expect(problemWords(away, t)).toBe('Sem conexão. Tente de novo.')
    expect(isOffline(refusal('ticket_deleted'))).toBe(false)
  })

  test('a fault of the app is explained and keeps its technical words', () => {
    expect(problemWords(new TypeError('x is undefined'), t)).toBe(
      'Recarregue a página. Detalhe técnico: x is undefined',
    )
  })
})

describe('fieldWords', () => {
  const problem = refusal('invalid', {
    name: [['Type a name.', 'blank']],
    'aliases.1': [['Too long.', 'max_length']],
    password: [
      ['Too long.', 'max_length'],
      ['No emoji.', 'of_tomorrow'],
    ],
  })

  test('a wrong field is told in the language of the reader', () => {
    expect(fieldWords(problem, 'name', t)).toBe('Preencha este campo.')
  })

  test('an item of a list is told beside the list', () => {
    expect(fieldWords(problem, 'aliases', t)).toBe('É longo demais. Encurte.')
  })

  test('an unknown code keeps the words of the API beside the known ones', () => {
    expect(fieldWords(problem, 'password', t)).toBe('É longo demais. Encurte. No emoji.')
  })

  test('messages without codes are shown as they are', () => {
    const bare = Object.assign(refusal('invalid'), { fields: { name: ['Type a name.'] } })
    expect(fieldWords(bare, 'name', t)).toBe('Type a name.')
  })

  test('a field that is right, another fault and no fault have no words', () => {
    expect(fieldWords(problem, 'pass', t)).toBeUndefined()
    expect(fieldWords(new TypeError('x'), 'name', t)).toBeUndefined()
    expect(fieldWords(null, 'name', t)).toBeUndefined()
  })
})
