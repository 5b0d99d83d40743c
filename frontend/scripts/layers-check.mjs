// Imports run App -> views -> components, services. A view never imports another view.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = new URL('../src', import.meta.url).pathname
const MOST_LINES = 400

function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return filesBelow(path)
    return /\.(ts|tsx|css)$/.test(name) && name !== 'schema.d.ts' ? [path] : []
  })
}

/** `views/inbox`, `components`, `services`, `locales`, or `app` for the files at the top. */
function layerOf(path) {
  const [first, second] = relative(root, path).split('/')
  if (first === 'views') return `views/${second}`
  return ['components', 'services', 'locales'].includes(first) ? first : 'app'
}

const APP_FILES_FOR_VIEWS = new Set(['i18n'])

function allowed(from, to, target) {
  if (from === to || from === 'app') return true
  if (from.startsWith('views/')) {
    if (to === 'app') return APP_FILES_FOR_VIEWS.has(relative(root, target))
    return to === 'components' || to === 'services'
  }
  return false
}

const problems = []
for (const path of filesBelow(root)) {
  const text = readFileSync(path, 'utf8')
  const name = relative(root, path)
  const lines = text.split('\n').length
  if (lines > MOST_LINES) problems.push(`${name}: ${lines} lines, ${MOST_LINES} at most`)
  if (path.endsWith('.css')) continue
  for (const [, source] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const target = resolve(dirname(path), source)
    const from = layerOf(path)
    const to = layerOf(target)
    if (!allowed(from, to, target)) problems.push(`${name}: ${from} may not import ${source}`)
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log('layers: every import runs down')
