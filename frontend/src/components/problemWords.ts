import type { TFunction } from 'i18next'

/** What the words need of an answer of the API that is not a success. */
interface Refusal extends Error {
  code: string
  /** English messages by field. */
  fields: Record<string, string[]>
  /** Their codes, in the same order. */
  fieldCodes: Record<string, string[]>
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'code' in error && 'fields' in error && 'fieldCodes' in error
}

/** True when nobody answered: the network or the desk is away. */
export function isOffline(error: unknown): boolean {
  return isRefusal(error) && error.code === 'offline'
}

function wordsOf(error: Refusal, names: string[], t: TFunction): string[] {
  const words = names.flatMap((name) =>
    (error.fields[name] ?? []).map((english, index) => {
      const code = error.fieldCodes[name]?.[index]
      return (code && t(`problems:field.${code}`, { defaultValue: '' })) || english
    }),
  )
  return [...new Set(words)]
}

/**
 * What went wrong and what to do, in the reader's language; the API's English for a code the app
 * does not know. A refusal that only says which fields are wrong is told by what is wrong with them.
 */
export function problemWords(error: Error, t: TFunction): string {
  if (!isRefusal(error)) return t('problems:unexpected', { words: error.message })
  const wrong = error.code === 'invalid' ? wordsOf(error, Object.keys(error.fields), t) : []
  if (wrong.length > 0) return wrong.join(' ')
  return (
    t(`problems:code.${error.code}`, { defaultValue: '' }) ||
    error.message ||
    t('problems:code.error')
  )
}

/** What is wrong with a field or an item of its list, to stand beside it; undefined when nothing. */
export function fieldWords(error: unknown, field: string, t: TFunction): string | undefined {
  if (!isRefusal(error)) return undefined
  const names = Object.keys(error.fields).filter(
    (name) => name === field || name.startsWith(`${field}.`),
  )
  return wordsOf(error, names, t).join(' ') || undefined
}
