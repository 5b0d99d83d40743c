// Both catalogues complete and equal in keys, every used key there, none unused, no words in JSX.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { problemsOf, readCatalogue, sourceFiles } from './catalogue.mjs'

const src = new URL('../src', import.meta.url).pathname
const catalogues = {
  'pt-BR': readCatalogue(`${src}/locales/pt-BR`),
  en: readCatalogue(`${src}/locales/en`),
}
const sources = sourceFiles(src).map((path) => ({
  path: relative(src, path),
  text: readFileSync(path, 'utf8'),
}))
const problems = problemsOf(catalogues, sources)
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`i18n: ${catalogues.en.size} texts in both languages`)
