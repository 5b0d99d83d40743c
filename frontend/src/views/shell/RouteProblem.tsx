import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { LoadProblem } from '../../components/LoadProblem'
import { ApiProblem, noAnswer } from '../../services/problem'
import { useDeskReturn } from '../../services/useDeskReturn'

/** What the browsers say when a part of the app could not be fetched. */
const LOST_PART = /preload CSS|dynamically imported module|module script failed/i

/** A page that could not be opened: no answer from the desk, or a fault while drawing it. */
export function RouteProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const problem = error instanceof Error ? error : new Error(String(error))
  const lost = LOST_PART.test(problem.message)
  const retry = () => {
    // The desk may be a newer one by now, whose parts have other names.
    if (lost) window.location.reload()
    reset()
    void router.invalidate()
  }
  useDeskReturn(lost || (problem instanceof ApiProblem && problem.offline), retry)
  return <LoadProblem error={lost ? noAnswer() : problem} onRetry={retry} />
}
