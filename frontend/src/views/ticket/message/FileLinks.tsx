import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import { problemWords } from '../../../components/problemWords'
import { TimeText } from '../../../components/TimeText'
import { showToast } from '../../../components/toasts'
import { revokeLink } from '../../../services/deliveries'
import { ticketKeys } from '../../../services/tickets'
import type { Attachment } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import classes from './attachments.module.css'

/** Files too large for their mail: the customer got a link that ends some day (S7). */
export function FileLinks({ files, message }: { files: Attachment[]; message: string }) {
  return files.map((file) => file.link && <FileLink key={file.id} file={file} message={message} />)
}

function FileLink({ file, message }: { file: Attachment; message: string }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const mayRevoke = useMay('ticket.reply')
  const revoke = useMutation({
    mutationFn: () => revokeLink(message, file.id),
    onSuccess: () => showToast(t('sending:link.revokedToast')),
    onError: (error) =>
      showToast(t('sending:problem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.details }),
  })
  if (!file.link) return null
  const { expires_at: expires, revoked_at: revoked, opened } = file.link
  return (
    <p className={classes.linkLine}>
      <Icon name="globe" size={14} />
      <span>
        {t('sending:link.sent', { name: file.filename })}{' '}
        {revoked ? (
          t('sending:link.revoked')
        ) : (
          <>
            {t('sending:link.expires')} <TimeText at={expires} form="short" />
          </>
        )}{' '}
        · {t('sending:link.opened', { count: opened })}
      </span>
      {mayRevoke && !revoked && (
        <button type="button" className={classes.linkButton} onClick={() => revoke.mutate()}>
          {t('sending:link.revoke')}
        </button>
      )}
    </p>
  )
}
