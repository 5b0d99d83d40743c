import { useComputedColorScheme } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkedText } from '../../../components/LinkedText'
import type { Pictures } from '../../../components/mail/images'
import { MailFrame } from '../../../components/mail/MailFrame'
import type { Message } from '../../../services/types'
import { ForwardedCard } from './ForwardedCard'
import classes from './message.module.css'
import { RemoteImagesBar } from './RemoteImagesBar'
import { useImageConsent } from './useImageConsent'
import type { MailView, Stretch } from './useMailView'
import { usePictures } from './usePictures'

interface MessageBodyProps {
  message: Message
  ticket: string
  view: MailView
  name: string
}

/** The words of a mail, in the form chosen, and the way to the rest of it. */
export function MessageBody(props: MessageBodyProps) {
  const { message, view } = props
  if (message.encrypted && message.text.trim() === '') return null
  return (
    <>
      {view.form === 'formatted' ? (
        <Formatted {...props} />
      ) : (
        <Plain message={message} view={view} />
      )}
      <More view={view} />
    </>
  )
}

function Plain({ message, view }: Pick<MessageBodyProps, 'message' | 'view'>) {
  const { t } = useTranslation()
  const { forwarded } = message
  const text = view.whole ? message.text : view.words
  if (text.trim() === '' && !forwarded)
    return message.attachments.length === 0 && <p className={classes.faint}>{t('mail:noText')}</p>
  return (
    <>
      {text.trim() !== '' && (
        <div className={classes.text}>
          <LinkedText text={text} />
        </div>
      )}
      {forwarded && !view.whole && (
        <ForwardedCard forwarded={forwarded}>
          <div className={classes.text}>
            <LinkedText text={forwarded.text} />
          </div>
        </ForwardedCard>
      )}
    </>
  )
}

function Formatted({ message, ticket, view, name }: MessageBodyProps) {
  const { t } = useTranslation()
  const consent = useImageConsent(ticket, message)
  const [asked, setAsked] = useState(false)
  const wanted = asked || message.remote_images.allowed
  const { pictures, count, waiting, failed } = usePictures(message, view.stretches, wanted)
  const title = t('ticket:formattedOf', { name })
  return (
    <>
      {count > 0 && (
        <RemoteImagesBar
          count={count}
          waiting={waiting}
          failed={failed}
          wanted={wanted}
          onLoad={() => setAsked(true)}
          onAlways={() => {
            setAsked(true)
            consent.remember()
          }}
        />
      )}
      {view.stretches.map((stretch) =>
        stretch.portion === 'forwarded' && message.forwarded ? (
          <ForwardedCard key={stretch.portion} forwarded={message.forwarded}>
            <StretchFrame stretch={stretch} pictures={pictures} title={title} />
          </ForwardedCard>
        ) : (
          <StretchFrame key={stretch.portion} stretch={stretch} pictures={pictures} title={title} />
        ),
      )}
    </>
  )
}

interface StretchFrameProps {
  stretch: Stretch
  pictures: Pictures
  title: string
}

export function StretchFrame({ stretch, pictures, title }: StretchFrameProps) {
  const { t } = useTranslation()
  const dark = useComputedColorScheme('light') === 'dark'
  const html = useMemo(() => {
    const words = { leadsTo: (host: string) => t('mail:leadsTo', { host }) }
    return stretch.page.draw(pictures, words, dark)
  }, [stretch, pictures, dark, t])
  return (
    <div className={classes.formatted}>
      <MailFrame html={html} title={title} />
    </div>
  )
}

/** The sign everybody knows for what a mail drags along. */
function More({ view }: { view: MailView }) {
  const { t } = useTranslation()
  if (!view.hasMore && !view.whole) return null
  const label = t(view.whole ? 'ticket:hideQuoted' : 'ticket:showQuoted')
  return (
    <button
      type="button"
      className={classes.dots}
      aria-expanded={view.whole}
      aria-label={label}
      title={label}
      onClick={() => view.setWhole(!view.whole)}
    >
      <span aria-hidden="true">•••</span>
    </button>
  )
}
