import { Button, Drawer, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { writtenAddress } from '../../../components/addresses'
import { Icon } from '../../../components/Icon'
import { LinkedText } from '../../../components/LinkedText'
import { LoadProblem } from '../../../components/LoadProblem'
import { contentKey, type Pictures } from '../../../components/mail/images'
import { problemWords } from '../../../components/problemWords'
import { TimeText } from '../../../components/TimeText'
import { showToast } from '../../../components/toasts'
import { downloadNested, nestedMailOptions } from '../../../services/nestedMails'
import type { Attachment, NestedFile, NestedMail } from '../../../services/types'
import { useNestedImages } from '../../../services/useInlineImages'
import attachments from './attachments.module.css'
import { FileChip } from './FileChip'
import { InviteCard } from './InviteCard'
import { StretchFrame } from './MessageBody'
import classes from './message.module.css'
import { useMailView } from './useMailView'
import { pictured } from './usePictures'

interface NestedMailDrawerProps {
  attachment: Attachment
  onDownload: () => void
  onClose: () => void
}

/** A mail attached to a mail, read beside the conversation (M23). */
export function NestedMailDrawer({ attachment, onDownload, onClose }: NestedMailDrawerProps) {
  const { t } = useTranslation()
  const mail = useQuery(nestedMailOptions(attachment.id))
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={720}
      title={mail.data?.subject || attachment.filename}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {mail.isPending && <Skeleton height={220} role="status" aria-label={t('common:loading')} />}
      {mail.isError && <LoadProblem error={mail.error} onRetry={() => void mail.refetch()} />}
      {mail.data && <Nested attachment={attachment} mail={mail.data} />}
      <Button
        mt="md"
        variant="default"
        leftSection={<Icon name="download" size={14} />}
        onClick={onDownload}
      >
        {t('mail:menu.download')}
      </Button>
    </Drawer>
  )
}

function Nested({ attachment, mail }: { attachment: Attachment; mail: NestedMail }) {
  const { t } = useTranslation()
  const download = useMutation({
    mutationFn: (file: NestedFile) => downloadNested(attachment.id, file),
    onError: (error) =>
      showToast(t('ticket:downloadProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  const calendar = mail.attachments.find((file) => file.content_type === 'text/calendar')
  const kind = mail.encrypted ?? mail.signed
  const files = mail.attachments.filter((file) => !file.inline && file !== calendar)
  return (
    <>
      <Head mail={mail} />
      {kind && (
        <p className={classes.warning} data-tone="seal">
          <Icon name={mail.encrypted ? 'lock' : 'seal'} size={15} />
          {t(mail.encrypted ? 'mail:notice.encrypted' : 'mail:notice.signed')}
        </p>
      )}
      {mail.invite && (
        <InviteCard
          invite={mail.invite}
          onDownload={calendar && (() => download.mutate(calendar))}
        />
      )}
      <Words attachment={attachment.id} mail={mail} />
      {files.length > 0 && (
        <ul className={attachments.files} aria-label={t('ticket:attachments')}>
          {files.map((file) => (
            <li key={file.index}>
              <FileChip
                file={file}
                action={t('mail:files.download')}
                onPress={() => download.mutate(file)}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Head({ mail }: { mail: NestedMail }) {
  const { t } = useTranslation()
  const lines = [
    [t('ticket:from'), mail.from ? writtenAddress(mail.from) : ''],
    [t('ticket:to'), mail.to.map(writtenAddress).join(', ')],
    [t('ticket:cc'), mail.cc.map(writtenAddress).join(', ')],
  ].filter(([, people]) => people !== '')
  return (
    <dl className={classes.nestedHead}>
      {lines.map(([label, people]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{people}</dd>
        </div>
      ))}
      {mail.date && (
        <div>
          <dt>{t('ticket:sentAt')}</dt>
          <dd>
            <TimeText at={mail.date} form="short" />
          </dd>
        </div>
      )}
    </dl>
  )
}

function Words({ attachment, mail }: { attachment: string; mail: NestedMail }) {
  const { t } = useTranslation()
  const { text, html } = mail
  const view = useMailView(
    useMemo(() => ({ text, html, reply_text: text, forwarded: null, flags: [] }), [text, html]),
  )
  const { stretches } = view
  const wanted = useMemo(() => stretches.flatMap(({ page }) => page.inline), [stretches])
  const inline = useNestedImages(attachment, mail.attachments, wanted, contentKey)
  const pictures = useMemo(
    (): Pictures => ({
      inline: pictured(inline, t),
      remote: new Map(),
      words: {
        image: t('mail:image.name'),
        blocked: t('mail:image.blocked'),
        missing: t('mail:image.missing'),
      },
    }),
    [inline, t],
  )
  return (
    <>
      {view.form === 'text' ? (
        <div className={classes.text}>
          <LinkedText text={text} />
        </div>
      ) : (
        stretches.map((stretch) => (
          <StretchFrame
            key={stretch.portion}
            stretch={stretch}
            pictures={pictures}
            title={t('ticket:formattedOf', { name: mail.from?.name || mail.from?.address || '' })}
          />
        ))
      )}
      {view.canFormat && (
        <div className={classes.nestedForm}>
          <button
            type="button"
            className={classes.barAction}
            onClick={() => view.setForm(view.form === 'text' ? 'formatted' : 'text')}
          >
            {t(view.form === 'text' ? 'mail:menu.formatted' : 'mail:menu.text')}
          </button>
        </div>
      )}
    </>
  )
}
