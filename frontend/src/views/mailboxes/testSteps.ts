import type { Security } from '../../services/types'

const IMAP = ['resolve_imap', 'connect_imap', 'tls_imap', 'login_imap', 'select_inbox'] as const
const SMTP = ['resolve_smtp', 'connect_smtp', 'tls_smtp', 'login_smtp'] as const
const EXCHANGE = ['send_test', 'receive_test'] as const

export type PlannedStep =
  | (typeof IMAP)[number]
  | 'list_folders'
  | (typeof SMTP)[number]
  | (typeof EXCHANGE)[number]

/** What a test of the connection does, in order. */
export function plannedSteps(
  { imap_security, smtp_security }: { imap_security: Security; smtp_security: Security },
  exchange: boolean,
): PlannedStep[] {
  const steps: PlannedStep[] = [...IMAP, 'list_folders', ...SMTP, ...(exchange ? EXCHANGE : [])]
  return steps.filter(
    (step) =>
      !(step === 'tls_imap' && imap_security === 'none') &&
      !(step === 'tls_smtp' && smtp_security === 'none'),
  )
}

/** What is still to come: everything before a test has answered, and what stands behind a failed step. */
export function stepsLeft(
  planned: PlannedStep[],
  done: readonly { step: string; ok: boolean }[],
): PlannedStep[] {
  const last = done.at(-1)
  if (!last) return planned
  if (last.ok) return []
  return planned.slice(planned.indexOf(last.step as PlannedStep) + 1)
}
