import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <main>
      <EmptyState icon="search" title={t('common:notFound.title')} text={t('common:notFound.text')}>
        <Anchor component={Link} to="/">
          {t('common:notFound.home')}
        </Anchor>
      </EmptyState>
    </main>
  )
}
