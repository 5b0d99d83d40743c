// Measures what a browser loads before the first page: entry, its static imports, one language.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 200
const dist = new URL('../dist/', import.meta.url).pathname
const html = readFileSync(`${dist}index.html`, 'utf8')
const first = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map((match) => match[1])

const seen = new Set()
function follow(file) {
  if (seen.has(file)) return
  seen.add(file)
  const text = readFileSync(`${dist}assets/${file}`, 'utf8')
  for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) follow(next)
}
for (const file of first) follow(file)

const gzip = (file) => gzipSync(readFileSync(`${dist}assets/${file}`)).length / 1000
const initial = [...seen].reduce((sum, file) => sum + gzip(file), 0)
const css = readdirSync(`${dist}assets`).filter(
  (name) => name.endsWith('.css') && html.includes(name),
)
const styles = css.reduce((sum, file) => sum + gzip(file), 0)
console.log(
  JSON.stringify({
    initial_js_gzip_kb: Number(initial.toFixed(1)),
    initial_css_gzip_kb: Number(styles.toFixed(1)),
  }),
)
if (initial > BUDGET_KB) {
  console.error(`the first page loads ${initial.toFixed(0)} kB of scripts, ${BUDGET_KB} at most`)
  process.exit(1)
}
