import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { removeDemo } from '../../services/postbox'
import { useMay } from '../../services/useSession'
import classes from './PostboxPage.module.css'

/** Says what this page is, and the way out of the demonstration. */
export function PostboxHint() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const mayRemove = useMay('mailbox.write')
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: removeDemo,
    onSuccess: ({ removed }) => {
      showToast(t('postbox:removed', { count: removed }))
      void client.invalidateQueries()
      void navigate({ to: '/inbox/$view', params: { view: 'open' } })
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
    onSettled: () => setAsking(false),
  })
  return (
    <div className={classes.hint}>
      <Icon name="flask" />
      <span className={classes.hintText}>{t('postbox:hint')}</span>
      {mayRemove && (
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('postbox:remove')}
        </Button>
      )}
      <ConfirmDialog
        opened={asking}
        title={t('postbox:removeTitle')}
        action={t('postbox:remove')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        {t('postbox:removeText')}
      </ConfirmDialog>
    </div>
  )
}
