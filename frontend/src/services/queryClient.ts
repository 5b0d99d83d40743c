import { QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './problem'

const NOT_WORTH_RETRYING = new Set([400, 401, 403, 404, 405, 409, 412, 422])

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiProblem && NOT_WORTH_RETRYING.has(error.status)),
      // Live events say what changed; a switch of window is not a reason to load everything again.
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
})
