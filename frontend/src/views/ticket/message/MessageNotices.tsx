import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../../components/Icon'
import type { Message } from '../../../services/types'
import classes from './message.module.css'
import { type Notice, noticesOf } from './notices'

const ICONS: Record<Notice['tone'], IconName> = { warn: 'alert', seal: 'seal', plain: 'info' }

/** What a reader must know of a mail beside its words: warnings in full, the rest as small badges. */
export function MessageNotices({ message }: { message: Message }) {
  const notices = noticesOf(message)
  const warnings = notices.filter(({ tone }) => tone === 'warn')
  const badges = notices.filter(({ tone }) => tone !== 'warn')
  return (
    <>
      {warnings.map((notice) => (
        <Warning key={notice.key} notice={notice} />
      ))}
      {badges.length > 0 && <Badges notices={badges} author={message.author?.name} />}
    </>
  )
}

function Warning({ notice }: { notice: Notice }) {
  const { t } = useTranslation()
  return (
    <p className={classes.warning}>
      <Icon name={notice.key.startsWith('encrypted') ? 'lock' : 'alert'} size={15} />
      <span>
        <strong>{t(`mail:notice.${notice.key}`, { defaultValue: notice.key })}</strong>{' '}
        {t(`mail:noticeHelp.${notice.key}`, { ...notice.values, defaultValue: '' })}
      </span>
    </p>
  )
}

function Badges({ notices, author }: { notices: Notice[]; author?: string }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<string | null>(null)
  const id = useId()
  const explained = notices.find(({ key }) => key === open)
  return (
    <div className={classes.badges}>
      {notices.map(({ key, tone }) => (
        <button
          key={key}
          type="button"
          className={classes.badge}
          data-tone={tone}
          aria-expanded={open === key}
          aria-controls={open === key ? id : undefined}
          title={t(`mail:noticeHelp.${key}`, { defaultValue: '' })}
          onClick={() => setOpen(open === key ? null : key)}
        >
          <Icon
            name={key === 'automatic' || key === 'acknowledgement' ? 'robot' : ICONS[tone]}
            size={12}
          />
          {t(`mail:notice.${key}`, { defaultValue: key })}
          {key === 'written_down' && author && ` · ${author}`}
        </button>
      ))}
      {explained && (
        <p id={id} className={classes.explained}>
          {t(`mail:noticeHelp.${explained.key}`, { ...explained.values, defaultValue: '' })}
        </p>
      )}
    </div>
  )
}
