import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import type { MailboxTest, MailboxTestStep } from '../../services/types'
import classes from './mailboxes.module.css'

/** Each step with what the server said and, where it failed, what to do. */
export function TestResult({ test }: { test: MailboxTest }) {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('mailboxes:test.title')}>
      <ol className={classes.steps}>
        {test.steps.map((step) => (
          <Step key={step.step} step={step} />
        ))}
      </ol>
    </div>
  )
}

function Step({ step }: { step: MailboxTestStep }) {
  const { t, i18n } = useTranslation()
  const advice = i18n.exists(`mailboxes:advice.${step.code}`)
    ? t(`mailboxes:advice.${step.code}`)
    : step.advice
  return (
    <li className={classes.step} data-ok={step.ok}>
      <Icon
        name={step.ok ? 'check' : 'alert'}
        label={t(step.ok ? 'mailboxes:test.ok' : 'mailboxes:test.failed')}
      />
      <span>
        {t(`mailboxes:step.${step.step}`, { defaultValue: step.step })}
        {!step.ok && step.detail && <code className={classes.detail}>{step.detail}</code>}
        {!step.ok && advice && <span style={{ display: 'block' }}>{advice}</span>}
      </span>
      <span className={classes.ms}>{t('mailboxes:test.ms', { count: step.ms })}</span>
    </li>
  )
}
