import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'

const ROWS = ['1', '2', '3', '4', '5', '6', '7', '8']

export function TableSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('common:loading')} style={{ padding: '12px 16px' }}>
      {ROWS.map((row) => (
        <Skeleton key={row} height={14} my={13} />
      ))}
    </div>
  )
}
