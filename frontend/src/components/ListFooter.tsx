import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './PageFrame.module.css'

interface ListFooterProps {
  hasMore: boolean
  busy: boolean
  onMore: () => void
}

export function ListFooter({ hasMore, busy, onMore }: ListFooterProps) {
  const { t } = useTranslation()
  if (!hasMore) return null
  return (
    <div className={classes.more}>
      <Button variant="default" loading={busy} onClick={onMore}>
        {t('common:loadMore')}
      </Button>
    </div>
  )
}
