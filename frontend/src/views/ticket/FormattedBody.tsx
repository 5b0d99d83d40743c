import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { MailFrame } from '../../components/MailFrame'
import { inlineImages, remoteImages, withImages } from '../../components/mailImages'
import type { Message } from '../../services/types'
import { useInlineImages } from '../../services/useInlineImages'
import classes from './Thread.module.css'

interface FormattedBodyProps {
  message: Message
  html: string
  name: string
}

/** The mail as its writer laid it out, with its own pictures and without those of others. */
export function FormattedBody({ message, html, name }: FormattedBodyProps) {
  const { t } = useTranslation()
  const wanted = useMemo(() => inlineImages(html), [html])
  const blocked = useMemo(() => remoteImages(html), [html])
  const images = useInlineImages(message.attachments, wanted)
  const shown = useMemo(
    () => (wanted.length > 0 ? withImages(html, images) : html),
    [html, wanted, images],
  )
  return (
    <div className={classes.body}>
      {blocked > 0 && (
        <p className={classes.blocked}>
          <Icon name="lock" size={14} />
          {t('ticket:imagesBlocked', { count: blocked })}
        </p>
      )}
      <MailFrame
        html={shown}
        title={t('ticket:formattedOf', { name })}
        text={message.text}
        pictures={wanted.length}
      />
    </div>
  )
}
