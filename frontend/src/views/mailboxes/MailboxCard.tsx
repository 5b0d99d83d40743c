import { ActionIcon, Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { TimeText } from '../../components/TimeText'
import type { Mailbox } from '../../services/types'
import classes from './cards.module.css'
import { sendingOf } from './health'
import { MailboxHealth } from './MailboxHealth'
import { PROVIDER_NAME } from './providers'
import { ConnectAgain } from './SignInCard'
import { useMailboxSwitch } from './useMailboxSwitch'

interface MailboxCardProps {
  mailbox: Mailbox
  canWrite: boolean
  onEvents: () => void
}

/** One mailbox at a glance: how it does, and a line for each thing that somebody should know. */
export function MailboxCard({ mailbox, canWrite, onEvents }: MailboxCardProps) {
  const { t } = useTranslation()
  const name = mailbox.name || mailbox.address
  return (
    <li className={classes.card} aria-label={name}>
      <div className={classes.row}>
        <span className={classes.mark}>
          <Icon name="mailbox" size={18} />
        </span>
        <div className={classes.who}>
          <Link
            to="/mailboxes/$mailboxId"
            params={{ mailboxId: mailbox.id }}
            className={classes.name}
          >
            {name}
            {mailbox.is_demo && <span className={classes.tag}>{t('common:demoTag')}</span>}
          </Link>
          <span className={classes.address}>
            {mailbox.address}
            {mailbox.sign_in !== 'password' && ` · ${PROVIDER_NAME[mailbox.sign_in]}`}
          </span>
        </div>
        <MailboxHealth mailbox={mailbox} />
        <CardMenu mailbox={mailbox} canWrite={canWrite} onEvents={onEvents} />
      </div>
      <MailboxTroubles mailbox={mailbox} canWrite={canWrite} />
    </li>
  )
}

/** What is not as it should be, each with what to do; nothing when all is well. */
export function MailboxTroubles({ mailbox, canWrite }: Omit<MailboxCardProps, 'onEvents'>) {
  const { t, i18n } = useTranslation()
  const { last_error: words, last_error_code: code, grant, unfetched } = mailbox
  const revoked = grant?.state === 'revoked'
  // Where the sign-in is gone, sending is held for the same reason.
  const sending = revoked && !mailbox.sending_stopped ? null : sendingOf(mailbox)
  const advice = (name: string) =>
    name && i18n.exists(`mailboxes:advice.${name}`) ? t(`mailboxes:advice.${name}`) : ''
  const failing = mailbox.state === 'error' && words !== ''
  if (!failing && !revoked && !sending && unfetched === 0) return null
  return (
    <ul className={classes.troubles}>
      {revoked && (
        <Trouble
          icon="key"
          tone="problem"
          action={canWrite && <ConnectAgain mailbox={mailbox} loud />}
        >
          {t('mailboxes:signIn.revokedHelp')}
        </Trouble>
      )}
      {failing && !revoked && (
        <Trouble icon="alert" tone="problem">
          {advice(code) || t('mailboxes:condition.failingHelp')}
          <code className={classes.words}>{words}</code>
        </Trouble>
      )}
      {sending && (
        <Trouble icon="pause" tone="warn">
          {t(`mailboxes:sending.${sending}`)}{' '}
          {sending === 'held' && advice(mailbox.sending_held_code)}
        </Trouble>
      )}
      {unfetched > 0 && (
        <Trouble icon="inbox" tone={mailbox.health === 'waiting' ? 'warn' : 'quiet'}>
          {t('mailboxes:unfetched', { count: unfetched })}
          {mailbox.oldest_unfetched_at && (
            <>
              {t('mailboxes:oldest')} <TimeText at={mailbox.oldest_unfetched_at} form="ago" />
            </>
          )}
        </Trouble>
      )}
    </ul>
  )
}

interface TroubleProps {
  icon: IconName
  tone: 'problem' | 'warn' | 'quiet'
  children: ReactNode
  action?: ReactNode
}

function Trouble({ icon, tone, children, action }: TroubleProps) {
  return (
    <li className={classes.trouble} data-tone={tone}>
      <Icon name={icon} size={14} />
      <div>{children}</div>
      {action}
    </li>
  )
}

function CardMenu({ mailbox, canWrite, onEvents }: MailboxCardProps) {
  const { t } = useTranslation()
  const turn = useMailboxSwitch(mailbox.id)
  const paused = mailbox.state === 'paused'
  const stopped = mailbox.sending_stopped
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon aria-label={t('mailboxes:more', { name: mailbox.name || mailbox.address })}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="ledger" />} onClick={onEvents}>
          {t('mailboxes:events.title')}
        </Menu.Item>
        {canWrite && (
          <>
            <Menu.Item
              component={Link}
              to="/mailboxes/$mailboxId"
              params={{ mailboxId: mailbox.id } as never}
              leftSection={<Icon name="settings" />}
            >
              {t('mailboxes:settings')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item
              leftSection={<Icon name={paused ? 'play' : 'pause'} />}
              onClick={() => turn(paused ? 'resume' : 'pause')}
            >
              {t(paused ? 'mailboxes:resume' : 'mailboxes:pause')}
            </Menu.Item>
            <Menu.Item
              leftSection={<Icon name={stopped ? 'play' : 'pause'} />}
              onClick={() => turn(stopped ? 'resume-sending' : 'stop-sending')}
            >
              {t(stopped ? 'mailboxes:resumeSending' : 'mailboxes:stopSending')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
