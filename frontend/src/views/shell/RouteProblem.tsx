import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { LoadProblem } from '../../components/LoadProblem'

/** A page that could not be opened: no answer from the desk, or a fault while drawing it. */
export function RouteProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const retry = () => {
    reset()
    void router.invalidate()
  }
  return (
    <LoadProblem
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={retry}
    />
  )
}
