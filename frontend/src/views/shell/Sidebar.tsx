import { ActionIcon, Button, Tooltip, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { usePreference } from '../../services/preferences'
import { setupOptions } from '../../services/setup'
import { countersOptions } from '../../services/tickets'
import type { Counters } from '../../services/types'
import { useMay } from '../../services/useSession'
import { LiveDot } from './LiveDot'
import classes from './Sidebar.module.css'
import { UserMenu } from './UserMenu'

interface View {
  view: string
  icon: IconName
  counter?: keyof Counters
}

const VIEWS: View[] = [
  { view: 'mine', icon: 'user', counter: 'mine' },
  { view: 'unassigned', icon: 'userOff', counter: 'unassigned' },
  { view: 'open', icon: 'inbox', counter: 'open' },
  { view: 'waiting', icon: 'clock', counter: 'waiting' },
  { view: 'attention', icon: 'alert', counter: 'attention' },
  { view: 'closed', icon: 'checkCircle' },
  { view: 'deleted', icon: 'trash' },
]

export function Sidebar() {
  const { t } = useTranslation()
  const [folded, setFolded] = usePreference('sidebarFolded')
  const { data: counters } = useQuery(countersOptions())
  const { data: setup } = useQuery(setupOptions())
  const mayLedger = useMay('ledger.read')
  const mayMailboxes = useMay('mailbox.read')
  const mayHealth = useMay('health.read')
  const views = VIEWS.filter(({ view }) => view !== 'attention' || (counters?.attention ?? 0) > 0)

  return (
    <nav
      className={`${classes.sidebar} ${folded ? classes.folded : ''}`}
      aria-label={t('shell:navigation')}
    >
      <div className={classes.top}>
        {!folded && (
          <span className={classes.brand}>
            <img src="/assets/icon.svg" alt="" className={classes.logo} />
            {t('common:product')}
          </span>
        )}
        <ActionIcon
          aria-label={folded ? t('shell:unfold') : t('shell:fold')}
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
        >
          <Icon name="sidebar" />
        </ActionIcon>
      </div>
      <NewTicketLink folded={folded} />
      <div className={classes.groups}>
        <Section title={t('shell:section.inbox')} folded={folded}>
          {views.map(({ view, icon, counter }) => (
            <NavItem
              key={view}
              to="/inbox/$view"
              params={{ view }}
              icon={icon}
              label={t(`shell:view.${view}`)}
              count={counter && counters?.[counter]}
              problem={view === 'attention'}
              folded={folded}
            />
          ))}
        </Section>
        <Section title={t('shell:section.people')} folded={folded}>
          <NavItem to="/contacts" icon="users" label={t('shell:contacts')} folded={folded} />
        </Section>
        {mayLedger && (
          <Section title={t('shell:section.mail')} folded={folded}>
            <NavItem
              to="/ledger/$direction"
              params={{ direction: 'inbound' }}
              icon="ledger"
              label={t('shell:ledger')}
              folded={folded}
            />
            {mayMailboxes && (
              <NavItem
                to="/mailboxes"
                icon="mailbox"
                label={t('shell:mailboxes')}
                folded={folded}
              />
            )}
            {mayHealth && (
              <>
                <NavItem to="/doctor" icon="globe" label={t('shell:doctor')} folded={folded} />
                <NavItem to="/status" icon="monitor" label={t('shell:status')} folded={folded} />
              </>
            )}
          </Section>
        )}
        {setup?.demo && (
          <Section title={t('shell:section.demo')} folded={folded}>
            <NavItem to="/postbox" icon="postbox" label={t('shell:postbox')} folded={folded} />
          </Section>
        )}
      </div>
      <div className={classes.bottom}>
        <UserMenu folded={folded} />
        <LiveDot />
      </div>
    </nav>
  )
}

function NewTicketLink({ folded }: { folded: boolean }) {
  const { t } = useTranslation()
  if (folded) {
    return (
      <Tooltip label={t('shell:newTicket')} position="right">
        <ActionIcon
          component={Link}
          to="/tickets/new"
          variant="default"
          size={36}
          aria-label={t('shell:newTicket')}
        >
          <Icon name="pencil" />
        </ActionIcon>
      </Tooltip>
    )
  }
  return (
    <Button
      component={Link}
      to="/tickets/new"
      variant="default"
      fullWidth
      leftSection={<Icon name="pencil" />}
      justify="flex-start"
    >
      {t('shell:newTicket')}
    </Button>
  )
}

interface SectionProps {
  title: string
  folded: boolean
  children: React.ReactNode
}

function Section({ title, folded, children }: SectionProps) {
  return (
    <>
      <div className={classes.section} hidden={folded}>
        {title}
      </div>
      <ul className={classes.list} aria-label={title}>
        {children}
      </ul>
    </>
  )
}

interface NavItemProps {
  to:
    | '/inbox/$view'
    | '/contacts'
    | '/ledger/$direction'
    | '/mailboxes'
    | '/doctor'
    | '/status'
    | '/postbox'
  params?: Record<string, string>
  icon: IconName
  label: string
  count?: number
  problem?: boolean
  folded: boolean
}

function NavItem({ to, params, icon, label, count, problem, folded }: NavItemProps) {
  const { t } = useTranslation()
  const capped = (count ?? 0) >= 1000
  const spoken = capped ? t('shell:counterMany') : t('shell:counter', { count: count ?? 0 })
  return (
    <li>
      <Tooltip label={label} position="right" disabled={!folded}>
        <Link
          to={to}
          params={params as never}
          className={classes.link}
          activeOptions={{ includeSearch: false }}
          aria-label={folded ? (count ? `${label}, ${spoken}` : label) : undefined}
        >
          <Icon name={icon} />
          {!folded && <span className={classes.label}>{label}</span>}
          {!folded && count !== undefined && count > 0 && (
            <>
              <span
                className={classes.count}
                data-tone={problem ? 'problem' : undefined}
                aria-hidden="true"
              >
                {capped ? '999+' : count}
              </span>
              <VisuallyHidden>, {spoken}</VisuallyHidden>
            </>
          )}
        </Link>
      </Tooltip>
    </li>
  )
}
