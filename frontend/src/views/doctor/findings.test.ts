import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import type { Finding } from '../../services/types'
import { findingWords, grouped, worst } from './findings'

beforeAll(() => startI18n('en'))

function finding(check: string, state: Finding['state'], code: string, data = {}): Finding {
  return {
    check, state, code, data, found: '', record_name: '', record_type: '', record_value: '',
  } // biome-ignore format: one line says it
}

test('findings stand by check, the worst first, and what is well can be left out', () => {
  const findings = [
    finding('spf', 'ok', 'spf_ok'),
    finding('mx', 'ok', 'mx_ok'),
    finding('spf', 'error', 'spf_syntax'),
  ]
  expect(grouped(findings, false).map((one) => one.check)).toEqual(['mx', 'spf'])
  expect(grouped(findings, false)[1]?.findings[0]?.code).toBe('spf_syntax')
  expect(grouped(findings, true).map((one) => one.check)).toEqual(['spf'])
  expect(worst(findings)).toBe('error')
  expect(worst([])).toBe('unknown')
})

test('the values of a finding stand in its words', () => {
  const words = findingWords(
    finding('dkim', 'warning', 'dkim_rather_short', { bits: 1024 }),
    i18next.t,
  )
  expect(words).toContain('1024')
})

test('every code the desk knows has words', () => {
  const folder = resolve('..', 'backend', 'mailboxes', 'domains')
  const files = ['doctor', 'findings', 'rules', 'servers', 'spf']
  const source = files.map((one) => readFileSync(join(folder, `${one}.py`), 'utf8')).join('\n')
  const codes = new Set(
    [...source.matchAll(/"((?:mx|spf|dkim|dmarc|tls|ptr|dns|domain)_[a-z_]+)"/g)].map(
      (one) => one[1],
    ),
  )
  for (const name of ['mta_sts_ok', 'mta_sts_missing', 'tls_rpt_ok', 'tls_rpt_missing'])
    codes.add(name)
  for (const name of ['tls_rpt', 'mta_sts', 'domain_checks']) codes.delete(name)
  const missing = [...codes].filter((code) => !i18next.exists(`health:finding.${code}`))
  expect(missing).toEqual([])
})
