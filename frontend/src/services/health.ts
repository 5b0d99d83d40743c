import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { DomainState } from './types'

export const healthKeys = {
  all: ['health'] as const,
  alarms: ['health', 'alarms'] as const,
  status: ['health', 'status'] as const,
  doctor: ['doctor'] as const,
}

/** Alarms that stand; the live line says when they change. */
export function alarmsOptions() {
  return queryOptions({
    queryKey: healthKeys.alarms,
    queryFn: () => answerOf(api.GET('/api/v1/alarms/')),
    staleTime: 60_000,
  })
}

/** Ends an alarm about quarantine: somebody has looked. */
export function dismissAlarm(id: string): Promise<void> {
  return answerOf(
    api.POST('/api/v1/alarms/{alarm_id}/dismiss/', { params: { path: { alarm_id: id } } }),
  )
}

/** How every part of the desk is; asked again while the page is open. */
export function statusOptions() {
  return queryOptions({
    queryKey: healthKeys.status,
    queryFn: () => answerOf(api.GET('/api/v1/status/')),
    refetchInterval: 15_000,
  })
}

export function doctorOptions() {
  return queryOptions({
    queryKey: healthKeys.doctor,
    queryFn: () => answerOf(api.GET('/api/v1/doctor/')),
  })
}

/** Looks at a sending domain now; takes up to half a minute. */
export function checkDomain(domain: string): Promise<DomainState> {
  return answerOf(api.POST('/api/v1/doctor/check/', { body: { domain } }))
}
