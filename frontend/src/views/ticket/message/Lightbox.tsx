import { ActionIcon, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { fileSize } from '../../../components/fileSize'
import { Icon } from '../../../components/Icon'
import { problemWords } from '../../../components/problemWords'
import { attachmentDataOptions } from '../../../services/attachments'
import type { Attachment } from '../../../services/types'
import classes from './attachments.module.css'

interface LightboxProps {
  images: Attachment[]
  current: Attachment
  onCurrent: (image: Attachment) => void
  onDownload: (image: Attachment) => void
  onClose: () => void
}

/** The pictures of a message one at a time; arrows go on, Esc closes. */
export function Lightbox({ images, current, onCurrent, onDownload, onClose }: LightboxProps) {
  const { t, i18n } = useTranslation()
  const at = images.findIndex((one) => one.id === current.id)
  const previous = images[at - 1]
  const next = images[at + 1]
  useArrows(previous, next, onCurrent)
  return (
    <Modal.Root opened onClose={onClose} size="min(1100px, 94vw)" padding={0} yOffset="4vh">
      <Modal.Overlay backgroundOpacity={0.6} />
      <Modal.Content aria-label={current.filename}>
        <Modal.Body>
          <div className={classes.lightHead}>
            <strong className={classes.lightName}>{current.filename}</strong>
            <span className={classes.size}>{fileSize(current.size, i18n.language)}</span>
            {images.length > 1 && (
              <span className={classes.size} role="status">
                {t('ticket:position', { position: at + 1, count: images.length })}
              </span>
            )}
            <span className={classes.grow} />
            {images.length > 1 && (
              <>
                <ActionIcon
                  aria-label={t('mail:files.previous')}
                  disabled={!previous}
                  onClick={() => previous && onCurrent(previous)}
                >
                  <Icon name="chevronLeft" />
                </ActionIcon>
                <ActionIcon
                  aria-label={t('mail:files.next')}
                  disabled={!next}
                  onClick={() => next && onCurrent(next)}
                >
                  <Icon name="chevronRight" />
                </ActionIcon>
              </>
            )}
            <ActionIcon aria-label={t('ticket:download')} onClick={() => onDownload(current)}>
              <Icon name="download" />
            </ActionIcon>
            <ActionIcon aria-label={t('common:close')} onClick={onClose} data-autofocus>
              <Icon name="close" />
            </ActionIcon>
          </div>
          <Picture image={current} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/** Heard wherever the focus is, as long as the picture is open. */
function useArrows(
  previous: Attachment | undefined,
  next: Attachment | undefined,
  onCurrent: (image: Attachment) => void,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const wanted = { ArrowLeft: previous, ArrowRight: next }[event.key]
      if (wanted) onCurrent(wanted)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [previous, next, onCurrent])
}

function Picture({ image }: { image: Attachment }) {
  const { t } = useTranslation()
  const { data, error } = useQuery(attachmentDataOptions(image))
  return (
    <div className={classes.lightBody}>
      {data && <img src={data} alt={image.filename} />}
      {!data && (
        <p role="status">
          {error
            ? t('ticket:downloadProblem', { reason: problemWords(error, t) })
            : t('common:loading')}
        </p>
      )}
    </div>
  )
}
