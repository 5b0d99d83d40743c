import i18next, { type Resource } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from './services/types'

const LANGUAGES: readonly Language[] = ['pt-BR', 'en']
const KEY = 'desk-language'

type Catalogue = Record<string, Record<string, unknown>>

// Each language is one chunk: only the one in use is loaded.
const LOADERS: Record<Language, () => Promise<{ catalogue: Catalogue }>> = {
  'pt-BR': () => import('./locales/pt-BR'),
  en: () => import('./locales/en'),
}

function isLanguage(value: string | null): value is Language {
  return LANGUAGES.some((language) => language === value)
}

/** The last choice made here, else English for English browsers, else Portuguese. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(KEY)
  if (isLanguage(stored)) return stored
  return navigator.language.startsWith('en') ? 'en' : 'pt-BR'
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'common')) return
  const { catalogue } = await LOADERS[language]()
  for (const [namespace, words] of Object.entries(catalogue)) {
    i18next.addResourceBundle(language, namespace, words)
  }
}

export async function startI18n(language: Language = preferredLanguage()): Promise<void> {
  const { catalogue } = await LOADERS[language]()
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: catalogue } as Resource,
    ns: Object.keys(catalogue),
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  document.documentElement.lang = language
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language)
  await load(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}
