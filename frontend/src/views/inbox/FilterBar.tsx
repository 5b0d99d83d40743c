import { ActionIcon, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import type { Option } from '../../components/option'
import { Picker } from '../../components/Picker'
import { PriorityMark } from '../../components/PriorityMark'
import { StatusMark } from '../../components/StatusMark'
import { mailboxesOptions } from '../../services/mailboxes'
import { statusName } from '../../services/statuses'
import type { Priority } from '../../services/types'
import { useAgents, useStatuses } from '../../services/useTicketOptions'
import classes from './FilterBar.module.css'
import {
  defaultOrder,
  hasFilter,
  type InboxSearch,
  type InboxView,
  ORDERS,
  orderOf,
  splitValues,
} from './inboxQuery'
import type { ListMode } from './TicketList'

const PRIORITIES: Priority[] = ['urgent', 'high', 'normal', 'low']

interface FilterBarProps {
  title: string
  view: InboxView
  search: InboxSearch
  onSearch: (change: InboxSearch) => void
  mode: ListMode
  onMode: (mode: ListMode) => void
}

export function FilterBar({ title, view, search, onSearch, mode, onMode }: FilterBarProps) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  const set = hasFilter(search)
  const order = orderOf(view, search)
  const other: ListMode = mode === 'split' ? 'table' : 'split'
  return (
    <div className={`${classes.bar} ${mode === 'table' ? classes.table : ''}`}>
      <h1 className={classes.title}>{title}</h1>
      {(shown || set) && <Filters view={view} search={search} onSearch={onSearch} />}
      {set && (
        <ActionIcon
          aria-label={t('inbox:clearFilters')}
          title={t('inbox:clearFilters')}
          onClick={() =>
            onSearch({
              status: undefined,
              priority: undefined,
              assignee: undefined,
              mailbox: undefined,
              search: undefined,
            })
          }
        >
          <Icon name="close" />
        </ActionIcon>
      )}
      <Tooltip label={t('inbox:filters')}>
        <ActionIcon
          aria-label={t('inbox:filters')}
          aria-expanded={shown || set}
          onClick={() => setShown(!shown)}
        >
          <Icon name="filter" />
        </ActionIcon>
      </Tooltip>
      <Picker
        label={`${t('inbox:order.title')}: ${t(`inbox:order.${order}`)}`}
        options={ORDERS.map((value) => ({ value, label: t(`inbox:order.${value}`) }))}
        value={[order]}
        onChange={([value]) =>
          onSearch({ order: value === defaultOrder(view) ? undefined : value })
        }
      >
        <Icon name="sort" />
      </Picker>
      <Tooltip label={t(`inbox:mode.${other}`)}>
        <ActionIcon aria-label={t(`inbox:mode.${other}`)} onClick={() => onMode(other)}>
          <Icon name={other} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

function useFilterOptions() {
  const { t, i18n } = useTranslation()
  const statuses: Option[] = useStatuses().map((status) => ({
    value: status.slug,
    label: statusName(status, i18n.language),
    mark: <StatusMark category={status.category} name="" iconOnly />,
  }))
  const priorities: Option[] = PRIORITIES.map((priority) => ({
    value: priority,
    label: t(`common:priority.${priority}`),
    mark: <PriorityMark priority={priority} iconOnly />,
  }))
  const people: Option[] = useAgents().map((user) => ({
    value: user.id,
    label: user.name,
    mark: <Avatar name={user.name} size={18} tone="agent" />,
  }))
  const assignees: Option[] = [
    { value: 'me', label: t('inbox:filter.me') },
    { value: 'none', label: t('inbox:filter.nobody') },
    ...people,
  ]
  const mailboxes: Option[] = (useQuery(mailboxesOptions()).data ?? []).map((mailbox) => ({
    value: mailbox.id,
    label: mailbox.name || mailbox.address,
    detail: mailbox.address,
  }))
  return { status: statuses, priority: priorities, assignee: assignees, mailbox: mailboxes }
}

type FilterName = keyof ReturnType<typeof useFilterOptions>

function Filters({ view, search, onSearch }: Pick<FilterBarProps, 'view' | 'search' | 'onSearch'>) {
  const { t } = useTranslation()
  const options = useFilterOptions()
  const names: FilterName[] = ['status', 'priority']
  if (view !== 'mine' && view !== 'unassigned') names.push('assignee')
  if (options.mailbox.length > 1) names.push('mailbox')

  const words = (name: FilterName): string => {
    const chosen = splitValues(search[name])
    if (chosen.length === 0) return t(`common:field.${name}`)
    const labels = options[name].filter((option) => chosen.includes(option.value))
    return labels.map((option) => option.label).join(', ')
  }

  return (
    <div className={classes.filters}>
      {search.search && (
        <span className={classes.words}>
          <span className={classes.wordsText}>“{search.search}”</span>
          <ActionIcon
            size={20}
            aria-label={t('inbox:removeSearch')}
            onClick={() => onSearch({ search: undefined })}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        </span>
      )}
      {names.map((name) => (
        <Picker
          key={name}
          label={`${t('inbox:filterBy', { field: t(`common:field.${name}`) })}: ${words(name)}`}
          look="outline"
          isSet={Boolean(search[name])}
          multiple={name === 'status' || name === 'priority'}
          options={options[name]}
          value={splitValues(search[name])}
          onChange={(value) => onSearch({ [name]: value.join(',') || undefined })}
        >
          {words(name)}
        </Picker>
      ))}
    </div>
  )
}
