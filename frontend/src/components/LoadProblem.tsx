import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { EmptyState } from './EmptyState'
import { isOffline, problemWords } from './problemWords'

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
      text={isOffline(error) ? t('common:offlineText') : problemWords(error, t)}
    >
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('common:tryAgain')}
        </Button>
      )}
    </EmptyState>
  )
}
