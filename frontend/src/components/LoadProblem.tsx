import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { EmptyState } from './EmptyState'

interface LoadProblemProps {
  error: Error
  onRetry?: () => void
}

export function LoadProblem({ error, onRetry }: LoadProblemProps) {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon="alert"
      tone="problem"
      title={t('common:loadProblem')}
      text={error.message || t('common:offlineText')}
    >
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('common:tryAgain')}
        </Button>
      )}
    </EmptyState>
  )
}
