// What the interface says: keys of the catalogues, keys used in the source, words left in JSX.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

const PLURAL = /_(zero|one|two|few|many|other)$/

function leaves(value, prefix) {
  if (typeof value === 'string') return [[prefix, value]]
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, prefix ? `${prefix}.${name}` : name),
  )
}

/** All texts of one language as Map("namespace:a.b" -> text). */
export function readCatalogue(folder) {
  const texts = new Map()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const namespace = basename(file, '.json')
    const words = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    for (const [key, text] of leaves(words, '')) texts.set(`${namespace}:${key}`, text)
  }
  return texts
}

export function sourceFiles(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sourceFiles(path)
    return /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) ? [path] : []
  })
}

/** Literal keys and the beginnings of keys built at run time, as `ns:a.${b}`. */
export function usedKeys(text) {
  const literal = [...text.matchAll(/['"]([a-z]+:[A-Za-z][\w.-]*)['"]/g)].map((match) => match[1])
  const built = [...text.matchAll(/`([a-z]+:[\w.-]*)\$\{/g)].map((match) => match[1])
  return { literal, built }
}

/** Words between tags or in spoken attributes that did not come from a catalogue. */
export function wordsInMarkup(text) {
  const found = []
  for (const [, words] of text.matchAll(/<[A-Za-z][^<>]*>([^<>{}]*\p{L}{2,}[^<>{}]*)<\//gu))
    found.push(words.trim())
  for (const [, name, words] of text.matchAll(
    /\b(title|label|placeholder|alt|aria-label|description)="([^"]*\p{L}[^"]*)"/gu,
  )) {
    found.push(`${name}="${words}"`)
  }
  return found
}

function stem(key) {
  return key.replace(PLURAL, '')
}

/** Everything wrong between catalogues `{language: Map}` and sources `[{path, text}]`, as sentences. */
export function problemsOf(catalogues, sources) {
  const problems = []
  const languages = Object.keys(catalogues)
  const all = new Set(languages.flatMap((language) => [...catalogues[language].keys()]))
  for (const key of all) {
    for (const language of languages) {
      const text = catalogues[language].get(key)
      if (text === undefined) problems.push(`${language}: ${key} is missing`)
      else if (text.trim() === '') problems.push(`${language}: ${key} is empty`)
    }
    problems.push(...differentGaps(key, catalogues))
  }
  const known = new Set([...all].map(stem))
  const namespaces = new Set([...all].map((key) => key.split(':')[0]))
  const used = new Set()
  for (const { path, text } of sources) {
    const { literal, built } = usedKeys(text)
    for (const key of literal.filter((one) => namespaces.has(one.split(':')[0]))) {
      used.add(key)
      if (!known.has(key)) problems.push(`${path}: ${key} is in no catalogue`)
    }
    for (const start of built.filter((one) => namespaces.has(one.split(':')[0]))) {
      const matching = [...known].filter((key) => key.startsWith(start))
      if (matching.length === 0) problems.push(`${path}: no key begins with ${start}`)
      for (const key of matching) used.add(key)
    }
    if (path.endsWith('.tsx')) {
      for (const words of wordsInMarkup(text)) problems.push(`${path}: hard-coded words: ${words}`)
    }
  }
  for (const key of known) if (!used.has(key)) problems.push(`${key} is used nowhere`)
  return problems
}

/** A text and its translation must ask for the same values. */
function differentGaps(key, catalogues) {
  const gaps = Object.values(catalogues).map((texts) =>
    [...(texts.get(key) ?? '').matchAll(/\{\{(\w+)\}\}/g)]
      .map((match) => match[1])
      .sort()
      .join(),
  )
  return new Set(gaps).size > 1 ? [`${key}: the languages ask for different values`] : []
}
