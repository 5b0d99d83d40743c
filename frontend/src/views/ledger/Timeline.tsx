import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { fullTime } from '../../components/relativeTime'
import { TimeText, useTimeStyle } from '../../components/TimeText'
import type { TraceStep, Wait } from '../../services/types'
import { gap, stepWords } from './stepWords'
import classes from './trace.module.css'

interface TimelineProps {
  direction: 'in' | 'out'
  steps: TraceStep[]
  waiting: Wait | null
}

/** Every step of a mail with its time, and what it still waits for. */
export function Timeline({ direction, steps, waiting }: TimelineProps) {
  const { t } = useTranslation()
  return (
    <ol className={classes.steps} aria-label={t('ledger:trace.steps')}>
      {steps.map((step, position) => (
        <Step
          // biome-ignore lint/suspicious/noArrayIndexKey: two steps may be alike in all they say
          key={`${step.kind} ${step.at} ${position}`}
          step={step}
          before={position > 0 ? steps[position - 1]?.at : undefined}
          direction={direction}
        />
      ))}
      {waiting && <Waiting waiting={waiting} />}
    </ol>
  )
}

interface StepProps {
  step: TraceStep
  before: string | undefined
  direction: 'in' | 'out'
}

function Step({ step, before, direction }: StepProps) {
  const { t } = useTranslation()
  const words = stepWords(step, direction, t)
  return (
    <li className={classes.step} data-tone={words.tone} data-step={step.kind}>
      <span className={classes.when}>
        {before === undefined ? (
          <TimeText at={step.at} form="short" />
        ) : (
          <Gap from={before} at={step.at} />
        )}
      </span>
      <span className={classes.what}>
        {words.title}
        {words.lines.map((line) => (
          <span key={line} className={classes.line}>
            {line}
          </span>
        ))}
        {words.said && <code className={classes.said}>{words.said}</code>}
        {words.mail && (
          <Link
            to="/ledger/$direction"
            params={{ direction: words.mail.direction }}
            search={{ mail: words.mail.id }}
            className={classes.line}
          >
            {t('ledger:trace.openMail')}
          </Link>
        )}
      </span>
    </li>
  )
}

/** How long after the step before; the whole time stands in the tooltip. */
function Gap({ from, at }: { from: string; at: string }) {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const { unit, count } = gap(from, at)
  return (
    <time dateTime={at} title={fullTime(Date.parse(at), style)}>
      {t(`ledger:gap.${unit}`, { count })}
    </time>
  )
}

function Waiting({ waiting }: { waiting: Wait }) {
  const { t } = useTranslation()
  return (
    <li className={classes.step} data-tone="waiting" data-step="waiting">
      <span className={classes.when}>{t('ledger:trace.still')}</span>
      <span className={classes.what}>
        {t(`ledger:waiting.${waiting.for}`, { code: waiting.code })}
        {waiting.since && (
          <span className={classes.line}>
            {t('ledger:trace.since')} <TimeText at={waiting.since} form="short" />
          </span>
        )}
        {waiting.until && (
          <span className={classes.line}>
            {t('ledger:trace.until')} <TimeText at={waiting.until} form="short" />
          </span>
        )}
      </span>
    </li>
  )
}
