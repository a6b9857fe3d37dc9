/**
 * A wish refused: the caller's problem, in the words of Stripe's error object.
 * @remarks Source: docs.stripe.com/api/errors and docs.stripe.com/error-codes.
 */
export interface Rejection {
  /** The HTTP status that Stripe answers with. */
  readonly status: number
  readonly type:
    | 'api_error'
    | 'card_error'
    | 'idempotency_error'
    | 'invalid_request_error'
    | 'temporary_session_expired'
  readonly code?: string
  /** Why an issuer declined a card; its advice and the network's own code stand beside it where they are known. */
  readonly decline_code?: string
  readonly advice_code?: string
  readonly network_decline_code?: string
  /** The parameter at fault, in Stripe's bracket form: `default_aggregation[formula]`. */
  readonly param?: string
  readonly message: string
  /** Present on refusals of the v2 API, whose error body carries a code and a message only. */
  readonly api?: 'v2'
}

interface Details {
  readonly code?: string
  readonly param?: string
  readonly status?: number
}

/** A 400 `invalid_request_error`, unless the details say another status. */
export const invalidRequest = (
  message: string,
  { status = 400, ...details }: Details = {},
): Rejection => ({
  status,
  type: 'invalid_request_error',
  ...details,
  message,
})

/** A card that cannot be: 402 `card_error`. */
export const cardError = (
  message: string,
  details: Pick<
    Rejection,
    'code' | 'decline_code' | 'advice_code' | 'network_decline_code' | 'param'
  >,
): Rejection => ({ status: 402, type: 'card_error', ...details, message })

/** A refusal of a v2 endpoint: 400 with a code and one sentence. */
export const invalidRequestV2 = (code: string, message: string, status = 400): Rejection => ({
  status,
  type: 'invalid_request_error',
  code,
  message,
  api: 'v2',
})

/** An unknown object in the path: 404; `param` is `id` on most routes. `noun` is as Stripe writes it: `customer`, `test clock`. */
export const resourceMissing = (noun: string, id: string, param = 'id'): Rejection =>
  invalidRequest(`No such ${noun}: '${id}'`, { status: 404, code: 'resource_missing', param })

/** An unknown object in a parameter: 400, `param` names the parameter. */
export const resourceMissingIn = (param: string, noun: string, id: string): Rejection =>
  invalidRequest(`No such ${noun}: '${id}'`, { code: 'resource_missing', param })

export const parameterMissing = (param: string): Rejection =>
  invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param })

export const parameterUnknown = (param: string): Rejection =>
  invalidRequest(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param })

/** The rejection of something inside a parameter, told from the outside: `timestamp` in `events[3]` is `events[3][timestamp]`. */
export const within = (outer: string, { param, ...rejection }: Rejection): Rejection => {
  if (param === undefined) return { ...rejection, param: outer }
  const nested = param.indexOf('[')
  const inner = nested === -1 ? `[${param}]` : `[${param.slice(0, nested)}]${param.slice(nested)}`
  return { ...rejection, param: outer + inner }
}

/** Two parameters of which only one may be given; `param` is the one that is told. */
export const onlyOneOf = (names: readonly string[], param?: string): Rejection =>
  invalidRequest(
    `You may only specify one of these parameters: ${names.join(', ')}.`,
    param === undefined ? {} : { param },
  )
