/** An answer of the API that is not a success (RFC 9457 problem details), or no answer at all. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  /** English messages by field. */
  readonly fields: Record<string, string[]>
  /** Their codes, in the same order. */
  readonly fieldCodes: Record<string, string[]>

  constructor(
    status: number,
    code: string,
    message: string,
    fields: Record<string, string[]> = {},
    fieldCodes: Record<string, string[]> = {},
  ) {
    super(message)
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.fields = fields
    this.fieldCodes = fieldCodes
  }

  /** True when no answer came: the network or the desk is away. */
  get offline(): boolean {
    return this.status === 0
  }
}

/** The problem of a request that nobody answered; it has no words, the app has better ones. */
export function noAnswer(): ApiProblem {
  return new ApiProblem(0, 'offline', '')
}

/** What a proxy says when the desk behind it is away. */
const GATEWAY = new Set([502, 503, 504])

interface ProblemBody {
  title?: unknown
  detail?: unknown
  code?: unknown
  errors?: unknown
  error_codes?: unknown
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function byField(value: unknown): Record<string, string[]> {
  if (typeof value !== 'object' || value === null) return {}
  const fields: Record<string, string[]> = {}
  for (const [name, messages] of Object.entries(value)) {
    fields[name] = Array.isArray(messages) ? messages.map(String) : [String(messages)]
  }
  return fields
}

/** Reads the problem document of a failed response; falls back to the status line. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const raw = await response.text()
  let body: ProblemBody = {}
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  if (!isJson && GATEWAY.has(response.status)) return noAnswer()
  if (isJson) {
    try {
      body = JSON.parse(raw) as ProblemBody
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      body = { title: response.statusText }
    }
  }
  const message = text(body.detail) || text(body.title) || response.statusText
  return new ApiProblem(
    response.status,
    text(body.code) || 'error',
    message,
    byField(body.errors),
    byField(body.error_codes),
  )
}

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code)
}
