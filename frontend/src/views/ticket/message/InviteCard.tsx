import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { writtenAddress } from '../../../components/addresses'
import { Icon, type IconName } from '../../../components/Icon'
import { useTimeStyle } from '../../../components/TimeText'
import type { Invite } from '../../../services/types'
import { inviteTime } from './inviteTime'
import classes from './message.module.css'

const METHODS = new Set(['REQUEST', 'CANCEL', 'REPLY', 'PUBLISH', 'COUNTER'])
const MOST_NAMES = 8

interface InviteCardProps {
  invite: Invite
  /** Absent when the mail has no file to download. */
  onDownload?: () => void
}

/** The meeting a mail invites to (M24). */
export function InviteCard({ invite, onDownload }: InviteCardProps) {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const when = inviteTime(invite, style)
  const method = METHODS.has(invite.method) ? invite.method : 'PUBLISH'
  const cancelled = method === 'CANCEL'
  const title = invite.summary || t('mail:invite.untitled')
  return (
    <section
      className={classes.invite}
      data-cancelled={cancelled || undefined}
      aria-label={t('mail:invite.of', { title })}
    >
      <div className={classes.inviteHead}>
        <span className={classes.inviteMark}>
          <Icon name="calendar" size={18} />
        </span>
        <div className={classes.inviteTitle}>
          <span className={classes.faint}>{t(`mail:invite.method.${method}`)}</span>
          <h2>{cancelled ? <s>{title}</s> : title}</h2>
        </div>
        {onDownload && (
          <Button
            variant="default"
            leftSection={<Icon name="download" size={14} />}
            onClick={onDownload}
          >
            {t('mail:invite.download')}
          </Button>
        )}
      </div>
      <dl className={classes.inviteFacts}>
        <Fact icon="clock" label={t('mail:invite.when')}>
          {cancelled && when ? <s>{when}</s> : (when ?? t('mail:invite.noTime'))}
          {invite.all_day && when && <Aside>{t('mail:invite.allDay')}</Aside>}
          {invite.floating && when && <Aside>{t('mail:invite.floating')}</Aside>}
        </Fact>
        {invite.location && (
          <Fact icon="pin" label={t('mail:invite.where')}>
            {invite.location}
          </Fact>
        )}
        {invite.organizer && (
          <Fact icon="user" label={t('mail:invite.organizer')}>
            {writtenAddress(invite.organizer)}
          </Fact>
        )}
        {invite.attendees.length > 0 && (
          <Fact icon="users" label={t('mail:invite.attendees')}>
            {invite.attendees
              .slice(0, MOST_NAMES)
              .map(({ name, address }) => name || address)
              .join(', ')}
            {invite.attendees.length > MOST_NAMES && (
              <Aside>
                {t('mail:invite.more', { count: invite.attendees.length - MOST_NAMES })}
              </Aside>
            )}
          </Fact>
        )}
      </dl>
    </section>
  )
}

function Aside({ children }: { children: ReactNode }) {
  return <span className={classes.faint}> · {children}</span>
}

function Fact(props: { icon: IconName; label: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>
        <Icon name={props.icon} size={14} label={props.label} />
      </dt>
      <dd>{props.children}</dd>
    </div>
  )
}
