import { ActionIcon, Button, CopyButton, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import { checkDomain, healthKeys } from '../../services/health'
import type { DomainState, Finding } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './doctor.module.css'
import { findingWords, grouped, worst } from './findings'

const ICONS: Record<Finding['state'], IconName> = {
  ok: 'checkCircle',
  hint: 'info',
  warning: 'alert',
  error: 'alert',
  unknown: 'clock',
}

interface DomainCardProps {
  domain: DomainState
  problemsOnly: boolean
}

/** A sending domain: what was found, and what to paste where something is wrong. */
export function DomainCard({ domain, problemsOnly }: DomainCardProps) {
  const { t } = useTranslation()
  const groups = grouped(domain.findings, problemsOnly)
  return (
    <section className={classes.card} aria-label={domain.domain}>
      <header className={classes.head}>
        <h2 className={classes.name}>{domain.domain}</h2>
        <span className={classes.verdict} data-state={worst(domain.findings)}>
          {domain.checked_at === null
            ? t('health:doctor.never')
            : t(`health:doctor.verdict.${worst(domain.findings)}`)}
        </span>
        {domain.checked_at && (
          <span className={classes.faint}>
            {t('health:doctor.checked')} <TimeText at={domain.checked_at} form="ago" />
          </span>
        )}
        <CheckButton domain={domain.domain} />
      </header>
      {domain.checked_at !== null && groups.length === 0 && (
        <p className={classes.faint}>{t('health:doctor.noProblems')}</p>
      )}
      {groups.map((group) => (
        <div key={group.check} className={classes.group}>
          <h3 className={classes.check}>{t(`health:check.${group.check}`)}</h3>
          <ul className={classes.findings}>
            {group.findings.map((one, position) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two servers may have the same fault
              <FindingLine key={`${one.code} ${position}`} finding={one} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

function CheckButton({ domain }: { domain: string }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const mayCheck = useMay('mailbox.write')
  const check = useMutation({
    mutationFn: () => checkDomain(domain),
    onSuccess: () => showToast(t('health:doctor.done', { domain })),
    onError: (error: Error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: healthKeys.doctor }),
  })
  if (!mayCheck) return null
  return (
    <Button
      variant="default"
      loading={check.isPending}
      leftSection={<Icon name="refresh" />}
      onClick={() => check.mutate()}
    >
      {t('health:doctor.check')}
    </Button>
  )
}

function FindingLine({ finding }: { finding: Finding }) {
  const { t } = useTranslation()
  return (
    <li className={classes.finding} data-state={finding.state} data-code={finding.code}>
      <Icon name={ICONS[finding.state]} label={t(`health:state.${finding.state}`)} />
      <div className={classes.body}>
        {findingWords(finding, t)}
        {finding.found && <code className={classes.found}>{finding.found}</code>}
        {finding.record_value && <RecordToPaste finding={finding} />}
      </div>
    </li>
  )
}

function RecordToPaste({ finding }: { finding: Finding }) {
  const { t } = useTranslation()
  const parts = [
    { label: t('health:record.name'), value: finding.record_name },
    { label: t('health:record.type'), value: finding.record_type },
    { label: t('health:record.value'), value: finding.record_value },
  ]
  return (
    <dl className={classes.record} aria-label={t('health:record.title')}>
      {parts.map((part) => (
        <div key={part.label} className={classes.part}>
          <dt>{part.label}</dt>
          <dd>
            <code>{part.value}</code>
            <Copy label={t('health:record.copy', { what: part.label })} value={part.value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Copy({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('health:record.copied') : label}>
          <ActionIcon aria-label={label} onClick={copy}>
            <Icon name={copied ? 'check' : 'copy'} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}
