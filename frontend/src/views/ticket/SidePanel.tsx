import { Tabs } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TicketDetail } from '../../services/types'
import { ContactPanel } from './ContactPanel'
import { DetailsPanel } from './DetailsPanel'
import { HistoryPanel } from './HistoryPanel'
import classes from './SidePanel.module.css'
import type { TicketActions } from './useTicketActions'

const TABS = ['details', 'contact', 'history'] as const

/** Which tab was looked at last, for the next ticket. */
let lastTab: string = 'details'

export interface PanelProps {
  ticket: TicketDetail
  actions: TicketActions
  canWrite: boolean
}

export function SidePanel(props: PanelProps) {
  const { t } = useTranslation()
  const [tab, setTab] = useState(lastTab)
  return (
    <Tabs
      value={tab}
      onChange={(value) => {
        lastTab = value ?? 'details'
        setTab(lastTab)
      }}
      keepMounted={false}
    >
      <Tabs.List className={classes.tabs} grow>
        {TABS.map((name) => (
          <Tabs.Tab key={name} value={name} size="xs">
            {t(`ticket:panel.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="details" className={classes.content}>
        <DetailsPanel {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="contact" className={classes.content}>
        <ContactPanel ticket={props.ticket} />
      </Tabs.Panel>
      <Tabs.Panel value="history" className={classes.content}>
        <HistoryPanel history={props.ticket.history} known={[props.ticket.assignee]} />
      </Tabs.Panel>
    </Tabs>
  )
}
