import { useMutation } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { discoverMailbox, testMailbox } from '../../../services/mailboxes'
import { LeaveDialog } from '../LeaveDialog'
import { type MailboxForm, testOf, withOnePassword, withProposal } from '../mailboxForm'
import { AccountStep } from './AccountStep'
import { AddressStep } from './AddressStep'
import { StartStep } from './StartStep'
import classes from './setup.module.css'
import { useSignedIn } from './useSignedIn'
import { EMPTY_SETUP, keepSetup, readSetup, type Setup } from './wizardStore'

const route = getRouteApi('/desk/mailboxes/$mailboxId')
const STEPS = ['address', 'account', 'start'] as const
export type Step = (typeof STEPS)[number]

export interface StepProps {
  setup: Setup
  change: (part: Partial<Setup>) => void
  setForm: (form: MailboxForm) => void
  go: (step: Step) => void
}

/** Connects a mailbox: its address, a sign-in that is tried, and what is read of what lies there. */
export function SetupWizard() {
  const { address, step } = route.useSearch()
  const navigate = route.useNavigate()
  const [setup, setSetup] = useState<Setup>(readSetup)
  useEffect(() => keepSetup(setup), [setup])
  const change = (part: Partial<Setup>) => setSetup((old) => ({ ...old, ...part }))
  const setForm = (form: MailboxForm) => change({ form })
  const go = (next: Step) =>
    void navigate({ search: (old) => ({ address: old.address, step: next }) })

  const discover = useMutation({
    mutationFn: (typed: string) => discoverMailbox(typed),
    onSuccess: (found, typed) => {
      const kept = typed === setup.form.address ? setup.form : { ...EMPTY_SETUP.form }
      change({ found, form: withProposal({ ...kept, address: typed }, found), account: '' })
      test.reset()
      void navigate({ search: { address: typed, step: 'account' } })
    },
  })
  const test = useMutation({
    mutationFn: () => testMailbox(null, testOf(withOnePassword(setup.form), true)),
  })
  useSignedIn(setup, change)
  useLinkedAddress(address, step, setup, discover.mutate)

  const { form } = setup
  const hasKey = form.imap_password !== '' || form.oauth_request !== ''
  const current = stepFor(step, form.address !== '', hasKey)
  const props: StepProps = { setup, change, setForm, go }
  return (
    <>
      <Progress current={current} onGo={go} />
      {current === 'address' && (
        <AddressStep
          address={address ?? form.address}
          discover={discover}
          onByHand={(typed) => {
            setForm({ ...form, address: typed, imap_username: typed, smtp_username: typed })
            void navigate({ search: { address: typed, step: 'account' } })
          }}
        />
      )}
      {current === 'account' && <AccountStep {...props} test={test} />}
      {current === 'start' && <StartStep {...props} folders={test.data?.folders ?? []} />}
      <LeaveDialog dirty={current !== 'address' && hasKey} />
    </>
  )
}

/** The step the address of the page names, as far as what it needs is there. */
export function stepFor(step: string | undefined, hasAddress: boolean, hasKey: boolean): Step {
  if (!hasAddress || !step) return 'address'
  if (step === 'start' && hasKey) return 'start'
  return step === 'address' ? 'address' : 'account'
}

/** A link that names an address looks its servers up as if it had been typed. */
function useLinkedAddress(
  address: string | undefined,
  step: string | undefined,
  { form }: Setup,
  discover: (address: string) => void,
): void {
  const [linked] = useState(step && step !== 'address' && form.address === '' ? address : undefined)
  useEffect(() => {
    if (linked) discover(linked)
  }, [linked, discover])
}

function Progress({ current, onGo }: { current: Step; onGo: (step: Step) => void }) {
  const { t } = useTranslation()
  const reached = STEPS.indexOf(current)
  return (
    <ol className={classes.progress} aria-label={t('mailboxes:setup.steps')}>
      {STEPS.map((step, at) => (
        <li key={step} aria-current={step === current ? 'step' : undefined}>
          <button
            type="button"
            className={classes.progressStep}
            data-done={at < reached || undefined}
            disabled={at >= reached}
            onClick={() => onGo(step)}
          >
            <span className={classes.progressMark} aria-hidden="true">
              {at + 1}
            </span>
            {t(`mailboxes:setup.${step}`)}
          </button>
        </li>
      ))}
    </ol>
  )
}
