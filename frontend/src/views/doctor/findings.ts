import type { TFunction } from 'i18next'
import type { Finding } from '../../services/types'

/** The order in which a reader needs them: receiving, then being believed, then the rest. */
const CHECKS = ['domain', 'mx', 'spf', 'dkim', 'dmarc', 'ptr', 'tls', 'mta_sts', 'tls_rpt']
const WEIGHT = { error: 0, warning: 1, unknown: 2, hint: 3, ok: 4 } as const

export interface FindingGroup {
  check: string
  findings: Finding[]
}

/** Findings by check; the worst of each first. `problemsOnly` leaves out what is well. */
export function grouped(findings: Finding[], problemsOnly: boolean): FindingGroup[] {
  const wanted = problemsOnly ? findings.filter(isProblem) : findings
  return CHECKS.map((check) => ({
    check,
    findings: wanted
      .filter((one) => one.check === check)
      .sort((one, other) => WEIGHT[one.state] - WEIGHT[other.state]),
  })).filter((group) => group.findings.length > 0)
}

export function isProblem(finding: Finding): boolean {
  return finding.state === 'error' || finding.state === 'warning'
}

/** The worst state among findings; nothing found is nothing known. */
export function worst(findings: Finding[]): Finding['state'] {
  const states = findings.map((one) => one.state)
  for (const state of ['error', 'warning', 'unknown'] as const)
    if (states.includes(state)) return state
  return findings.length > 0 ? 'ok' : 'unknown'
}

/** What a finding means, in the reader's language; lists in its data are joined. */
export function findingWords(finding: Finding, t: TFunction): string {
  const values = Object.fromEntries(
    Object.entries(finding.data ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
  const code = finding.code === 'tls_none' && finding.state === 'ok' ? 'tls_here' : finding.code
  return t(`health:finding.${code}`, { ...values, defaultValue: finding.code })
}
