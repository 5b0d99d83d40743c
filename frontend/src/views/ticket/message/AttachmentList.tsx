import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { Icon } from '../../../components/Icon'
import { isImage } from '../../../services/attachments'
import type { Attachment } from '../../../services/types'
import type { AttachmentGroups } from './attachmentGroups'
import classes from './attachments.module.css'
import { FileChip } from './FileChip'
import { FileLinks } from './FileLinks'
import { Lightbox } from './Lightbox'
import { NestedMailDrawer } from './NestedMail'
import { useDownload } from './useDownload'

interface AttachmentListProps {
  groups: AttachmentGroups
  /** Where links that stand in for large files can be taken back. */
  message?: string
}

/** The files of a message; what only decorates it is one press away. */
export function AttachmentList({ groups, message }: AttachmentListProps) {
  const { t } = useTranslation()
  const [unfolded, setUnfolded] = useState(false)
  const { files, folded } = groups
  const opening = useOpening()
  if (files.length === 0 && folded.length === 0) return null
  const disguised = files.filter((one) => one.disguised)
  const shown = unfolded ? [...files, ...folded] : files
  const images = shown.filter((one) => isImage(one) && !one.disguised)
  return (
    <div className={classes.attachments}>
      {shown.length > 0 && (
        <ul className={classes.files} aria-label={t('ticket:attachments')}>
          {shown.map((file) => (
            <li key={file.id}>
              <FileChip
                file={file}
                action={t(`mail:files.${opening.kindOf(file)}`)}
                busy={opening.busy(file)}
                onPress={() => opening.open(file)}
              />
            </li>
          ))}
        </ul>
      )}
      {message && <FileLinks files={shown} message={message} />}
      {disguised.map((file) => (
        <p key={file.id} className={classes.disguised}>
          <Icon name="alert" size={14} />
          {t('mail:files.disguisedHelp', { name: file.filename })}
        </p>
      ))}
      {folded.length > 0 && (
        <button
          type="button"
          className={classes.fold}
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          <Icon name={unfolded ? 'chevronDown' : 'chevronRight'} size={12} />
          {t('mail:files.folded', { count: folded.length })}
        </button>
      )}
      <Opened opening={opening} images={images} />
    </div>
  )
}

type Kind = 'show' | 'openMail' | 'download'

function useOpening() {
  const download = useDownload()
  const [image, setImage] = useState<Attachment | null>(null)
  const [mail, setMail] = useState<Attachment | null>(null)
  const [doubtful, setDoubtful] = useState<Attachment | null>(null)
  const kindOf = (file: Attachment): Kind => {
    if (file.disguised) return 'download'
    if (file.is_mail) return 'openMail'
    return isImage(file) ? 'show' : 'download'
  }
  const open = (file: Attachment) => {
    const kind = kindOf(file)
    if (file.disguised) setDoubtful(file)
    else if (kind === 'openMail') setMail(file)
    else if (kind === 'show') setImage(file)
    else download.mutate(file)
  }
  const busy = (file: Attachment) => download.isPending && download.variables === file
  return { image, setImage, mail, setMail, doubtful, setDoubtful, kindOf, open, busy, download }
}

interface OpenedProps {
  opening: ReturnType<typeof useOpening>
  images: Attachment[]
}

function Opened({ opening, images }: OpenedProps) {
  const { t } = useTranslation()
  const { image, setImage, mail, setMail, doubtful, setDoubtful, download } = opening
  return (
    <>
      {image && (
        <Lightbox
          images={images}
          current={image}
          onCurrent={setImage}
          onDownload={(file) => download.mutate(file)}
          onClose={() => setImage(null)}
        />
      )}
      {mail && (
        <NestedMailDrawer
          attachment={mail}
          onDownload={() => download.mutate(mail)}
          onClose={() => setMail(null)}
        />
      )}
      <ConfirmDialog
        opened={doubtful !== null}
        title={t('mail:files.doubtTitle')}
        action={t('mail:files.doubtAction')}
        onConfirm={() => {
          if (doubtful) download.mutate(doubtful)
          setDoubtful(null)
        }}
        onClose={() => setDoubtful(null)}
      >
        {t('mail:files.disguisedHelp', { name: doubtful?.filename ?? '' })}
      </ConfirmDialog>
    </>
  )
}
