import { Loader } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import type { MailboxTest, MailboxTestStep } from '../../services/types'
import classes from './mailboxes.module.css'
import type { MailboxForm } from './mailboxForm'
import { plannedSteps, stepsLeft } from './testSteps'

interface TestResultProps {
  test: MailboxTest | undefined
  running: boolean
  form: Pick<MailboxForm, 'imap_security' | 'smtp_security'>
  exchange?: boolean
}

/** Each step with what the server said and, where it failed, what to do; steps to come stand faint. */
export function TestResult({ test, running, form, exchange = false }: TestResultProps) {
  const { t } = useTranslation()
  const done = running ? [] : (test?.steps ?? [])
  const left = stepsLeft(plannedSteps(form, exchange), done)
  return (
    <div role="status" aria-label={t('mailboxes:test.title')} aria-busy={running}>
      <ol className={classes.steps}>
        {done.map((step) => (
          <Step key={step.step} step={step} />
        ))}
        {left.map((step, at) => (
          <li key={step} className={classes.step} data-waiting>
            {running && at === 0 ? <Loader size={14} /> : <span className={classes.dot} />}
            <span>{t(`mailboxes:step.${step}`)}</span>
            <span className={classes.ms}>
              {running ? t('mailboxes:test.waiting') : t('mailboxes:test.notTried')}
            </span>
          </li>
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
        {!step.ok && advice && <span className={classes.stepAdvice}>{advice}</span>}
        {!step.ok && step.detail && <code className={classes.detail}>{step.detail}</code>}
      </span>
      <span className={classes.ms}>{t('mailboxes:test.ms', { count: step.ms })}</span>
    </li>
  )
}
