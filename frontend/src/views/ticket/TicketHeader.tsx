import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { InlineText } from '../../components/InlineText'
import { showToast } from '../../components/toasts'
import { useNeighbours } from '../../services/openList'
import type { TicketDetail } from '../../services/types'
import { useMay } from '../../services/useSession'
import { AssigneePicker, PriorityPicker, StatusPicker } from './FieldPickers'
import classes from './TicketHeader.module.css'
import { useBackToList } from './useBackToList'
import type { TicketActions } from './useTicketActions'

interface TicketHeaderProps {
  ticket: TicketDetail
  actions: TicketActions
  canWrite: boolean
  narrow: boolean
  panelOpen: boolean
  onPanel: () => void
}

export function TicketHeader(props: TicketHeaderProps) {
  const { ticket, actions, canWrite, narrow } = props
  const { t } = useTranslation()
  const { back } = useBackToList()
  const copy = async () => {
    await navigator.clipboard.writeText(String(ticket.number))
    showToast(t('ticket:toast.copied', { number: ticket.number }))
  }
  return (
    <header className={classes.header} data-narrow={narrow}>
      <HeaderButton label={t('ticket:back')} icon="arrowLeft" onClick={back} />
      <button
        type="button"
        className={classes.number}
        title={t('ticket:copyNumber')}
        aria-label={`${t('ticket:copyNumber')} ${ticket.number}`}
        onClick={() => void copy()}
      >
        #{ticket.number}
      </button>
      <h1 className={classes.subject}>
        <InlineText
          value={ticket.subject}
          label={t('common:field.subject')}
          placeholder={t('ticket:noSubject')}
          disabled={!canWrite}
          onSave={(subject) => actions.change({ subject })}
        />
      </h1>
      <div className={classes.controls}>
        <StatusPicker ticket={ticket} actions={actions} disabled={!canWrite} />
        <PriorityPicker ticket={ticket} actions={actions} disabled={!canWrite} />
        <AssigneePicker ticket={ticket} actions={actions} disabled={!canWrite} />
      </div>
      <Steps id={ticket.id} />
      <HeaderButton
        label={props.panelOpen ? t('ticket:panel.hide') : t('ticket:panel.show')}
        icon="info"
        onClick={props.onPanel}
        pressed={props.panelOpen}
      />
      <MoreMenu ticket={ticket} actions={actions} canWrite={canWrite} />
    </header>
  )
}

function Steps({ id }: { id: string }) {
  const { t } = useTranslation()
  const { inList, open } = useBackToList()
  const { position, count, hasMore, previous, next } = useNeighbours(id)
  if (!inList || position === 0) return null
  return (
    <>
      <HeaderButton
        label={t('ticket:previous')}
        icon="chevronUp"
        disabled={!previous}
        onClick={() => previous && open(previous)}
      />
      <HeaderButton
        label={t('ticket:next')}
        icon="chevronDown"
        disabled={!next}
        onClick={() => next && open(next)}
      />
      <span className={classes.step}>
        {t('ticket:position', { position, count: hasMore ? `${count}+` : count })}
      </span>
    </>
  )
}

interface HeaderButtonProps {
  label: string
  icon: IconName
  onClick: () => void
  disabled?: boolean
  pressed?: boolean
}

function HeaderButton({ label, icon, onClick, disabled, pressed }: HeaderButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  )
}

function MoreMenu({
  ticket,
  actions,
  canWrite,
}: Pick<TicketHeaderProps, 'ticket' | 'actions' | 'canWrite'>) {
  const { t } = useTranslation()
  const { inList, back } = useBackToList()
  const mayDelete = useMay('ticket.delete')
  const copyLink = async () => {
    await navigator.clipboard.writeText(`${window.location.origin}/tickets/${ticket.id}`)
    showToast(t('ticket:toast.linkCopied'))
  }
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon aria-label={t('ticket:more')}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void copyLink()}>
          {t('ticket:copyLink')}
        </Menu.Item>
        {inList && (
          <Menu.Item
            component={Link}
            to="/tickets/$ticketId"
            params={{ ticketId: ticket.id } as never}
            leftSection={<Icon name="outgoing" />}
          >
            {t('ticket:openAlone')}
          </Menu.Item>
        )}
        {ticket.deleted_at ? (
          <Menu.Item leftSection={<Icon name="undo" />} onClick={actions.restore}>
            {t('ticket:restore')}
          </Menu.Item>
        ) : (
          canWrite &&
          mayDelete && (
            <Menu.Item
              color="red"
              leftSection={<Icon name="trash" />}
              onClick={() => {
                actions.remove()
                back()
              }}
            >
              {t('ticket:delete')}
            </Menu.Item>
          )
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
