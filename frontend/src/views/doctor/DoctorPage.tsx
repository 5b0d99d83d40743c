import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import { Picker } from '../../components/Picker'
import { TableSkeleton } from '../../components/TableSkeleton'
import { doctorOptions } from '../../services/health'
import { DomainCard } from './DomainCard'
import classes from './doctor.module.css'

const route = getRouteApi('/desk/doctor')

/** Whether the world believes mail of our domains, and the exact DNS text where it does not. */
export function DoctorPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { domain, show } = route.useSearch()
  const domains = useQuery(doctorOptions())
  const all = domains.data ?? []
  const shown = domain ? all.filter((one) => one.domain === domain) : all
  const problemsOnly = show === 'problems'
  const go = (search: { domain?: string; show?: string }) =>
    void navigate({ to: '/doctor', search })
  return (
    <PageFrame
      title={t('shell:doctor')}
      actions={
        <div className={classes.filters}>
          {all.length > 1 && (
            <Picker
              label={t('health:doctor.domain')}
              look="outline"
              isSet={domain !== undefined}
              options={[
                { value: '', label: t('health:doctor.all') },
                ...all.map((one) => ({ value: one.domain, label: one.domain })),
              ]}
              value={[domain ?? '']}
              onChange={([value]) => go({ show, domain: value || undefined })}
            >
              {domain ?? t('health:doctor.domain')}
            </Picker>
          )}
          <SegmentedControl
            size="xs"
            aria-label={t('health:doctor.show')}
            value={problemsOnly ? 'problems' : 'all'}
            onChange={(value) => go({ domain, show: value === 'problems' ? value : undefined })}
            data={[
              { value: 'all', label: t('health:doctor.showAll') },
              { value: 'problems', label: t('health:doctor.showProblems') },
            ]}
          />
        </div>
      }
    >
      {domains.isPending && <TableSkeleton />}
      {domains.isError && (
        <LoadProblem error={domains.error} onRetry={() => void domains.refetch()} />
      )}
      {domains.data && shown.length === 0 && (
        <EmptyState
          icon="globe"
          title={t('health:doctor.none')}
          text={t('health:doctor.noneText')}
        />
      )}
      <div className={classes.page}>
        {shown.map((one) => (
          <DomainCard key={one.domain} domain={one} problemsOnly={problemsOnly} />
        ))}
      </div>
    </PageFrame>
  )
}
