// Takes every address out of package-lock.json (npm writes funding pages there).
// `--check` changes nothing and exits 1 when an address is found.
import { readFileSync, writeFileSync } from 'node:fs'

const lockFile = new URL('../package-lock.json', import.meta.url)
const text = readFileSync(lockFile, 'utf8')

if (process.argv.includes('--check')) {
  const addresses = text.split('\n').filter((line) => line.includes('://'))
  if (addresses.length > 0) {
    console.error(`package-lock.json holds ${addresses.length} addresses: run "npm run lock:clean"`)
    process.exit(1)
  }
  console.log('package-lock.json holds no address')
} else {
  const lock = JSON.parse(text)
  for (const entry of Object.values(lock.packages)) {
    delete entry.funding
    delete entry.resolved
  }
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
}
