import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ListSearch } from '../../components/ListSearch'
import type { Option } from '../../components/option'
import { PageFrame } from '../../components/PageFrame'
import { Picker } from '../../components/Picker'
import type { InboundFilter } from '../../services/ledger'
import { mailboxesOptions } from '../../services/mailboxes'
import type { DeliveryState, Fate, InboundState } from '../../services/types'
import { InboundList } from './InboundList'
import classes from './ledger.module.css'
import { OutboundList } from './OutboundList'
import { QueuesPanel } from './QueuesPanel'
import { TracePanel } from './TracePanel'

const route = getRouteApi('/desk/ledger/$direction')
const FATES: Fate[] = [
  'ticket',
  'reply',
  'bounce',
  'automatic',
  'spam',
  'duplicate',
  'own_mail',
  'quarantined',
]
const STATES: DeliveryState[] = [
  'held',
  'queued',
  'sending',
  'sent',
  'deferred',
  'failed',
  'uncertain',
  'cancelled',
]

/** Mails that have no fate yet. */
const ON_THE_WAY: InboundState[] = ['stored', 'processing']
const TABS = ['inbound', 'outbound', 'trace', 'queues'] as const

type Tab = (typeof TABS)[number]
type LedgerFilter = Pick<InboundFilter, 'fate' | 'mailbox' | 'search'> & {
  state?: InboundState | DeliveryState
}
type LedgerSearch = LedgerFilter & { mail?: string }

/** The text of the address when it is one of the values that exist. */
function known<Value extends string>(values: Value[], text: string | undefined): Value | undefined {
  return values.find((value) => value === text)
}

/** Every mail in and out with its fate: nothing disappears. */
export function LedgerPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const direction = known([...TABS], route.useParams().direction) ?? 'inbound'
  const { mail, fate, state, q, ...rest } = route.useSearch()
  const inboundState = known(ON_THE_WAY, state)
  const outboundState = known(STATES, state)
  const filter: LedgerFilter = {
    ...rest,
    fate: known(FATES, fate),
    state: direction === 'inbound' ? inboundState : outboundState,
  }
  const go = (search: LedgerSearch) =>
    void navigate({ to: '/ledger/$direction', params: { direction }, search })
  const change = (part: LedgerFilter) => go({ ...filter, ...part })
  const open = (id: string | undefined) => go({ ...filter, mail: id })

  return (
    <PageFrame
      title={t('shell:ledger')}
      actions={
        (direction === 'inbound' || direction === 'outbound') && (
          <Filters direction={direction} filter={filter} onChange={change} />
        )
      }
    >
      <Tabs
        value={direction}
        onChange={(value) =>
          void navigate({
            to: '/ledger/$direction',
            params: { direction: value ?? 'inbound' },
            search: {},
          })
        }
        keepMounted={false}
      >
        <Tabs.List className={classes.tabs}>
          {TABS.map((tab: Tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`ledger:tab.${tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="inbound">
          <InboundList
            filter={{ ...rest, fate: filter.fate, state: inboundState }}
            openId={mail}
            onOpen={open}
            onClear={() => go({})}
          />
        </Tabs.Panel>
        <Tabs.Panel value="outbound">
          <OutboundList
            filter={{ ...rest, state: outboundState }}
            openId={mail}
            onOpen={open}
            onClear={() => go({})}
          />
        </Tabs.Panel>
        <Tabs.Panel value="trace">
          <TracePanel q={q ?? ''} />
        </Tabs.Panel>
        <Tabs.Panel value="queues">
          <QueuesPanel />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  )
}

interface FiltersProps {
  direction: 'inbound' | 'outbound'
  filter: LedgerFilter
  onChange: (part: LedgerFilter) => void
}

function Filters({ direction, filter, onChange }: FiltersProps) {
  const { t } = useTranslation()
  const mailboxes = useQuery(mailboxesOptions()).data ?? []
  const any: Option = { value: '', label: t('ledger:any') }
  const inbound = direction === 'inbound'
  const fates: Option[] = inbound
    ? [
        ...FATES.map((fate) => ({ value: fate, label: t(`ledger:fate.${fate}`) })),
        ...ON_THE_WAY.map((state) => ({ value: state, label: t(`ledger:state.${state}`) })),
      ]
    : STATES.map((state) => ({ value: state, label: t(`ledger:delivery.${state}`) }))
  const column = t(inbound ? 'ledger:fateColumn' : 'ledger:stateColumn')
  const chosen = (inbound ? (filter.fate ?? filter.state) : filter.state) ?? ''
  const mailbox = mailboxes.find((one) => one.id === filter.mailbox)
  return (
    <div className={classes.filters}>
      <ListSearch
        label={t(inbound ? 'ledger:search' : 'ledger:searchOut')}
        value={filter.search ?? ''}
        onChange={(search) => onChange({ search: search || undefined })}
      />
      <Picker
        label={`${column}: ${fates.find((one) => one.value === chosen)?.label ?? any.label}`}
        look="outline"
        isSet={chosen !== ''}
        options={[any, ...fates]}
        value={[chosen]}
        onChange={([value]) =>
          onChange(
            inbound
              ? { fate: known(FATES, value), state: known(ON_THE_WAY, value) }
              : { state: known(STATES, value) },
          )
        }
      >
        {fates.find((one) => one.value === chosen)?.label ?? column}
      </Picker>
      {mailboxes.length > 1 && (
        <Picker
          label={`${t('common:field.mailbox')}: ${mailbox?.name ?? any.label}`}
          look="outline"
          isSet={mailbox !== undefined}
          options={[
            any,
            ...mailboxes.map((one) => ({ value: one.id, label: one.name || one.address })),
          ]}
          value={[filter.mailbox ?? '']}
          onChange={([value]) => onChange({ mailbox: value || undefined })}
        >
          {mailbox?.name ?? t('common:field.mailbox')}
        </Picker>
      )}
    </div>
  )
}
