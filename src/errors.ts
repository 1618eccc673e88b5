interface ProblemKind {
  status: number;
  title: string;
  /** Whether the same request may succeed later without any harm. */
  retryable: boolean;
}

/**
 * Every failure a client can be told about, as one closed table (http-contract §3).
 *
 * A code is a promise: it never changes meaning and is never reused. Of a send, every code but
 * `outcome_unknown` says that nothing was stored. To add an error, add a row; the compiler finds
 * every switch that must learn it.
 */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is not valid', retryable: false },
  malformed_json: { status: 400, title: 'The body is not JSON', retryable: false },
  unauthorized: { status: 401, title: 'The API key is missing or wrong', retryable: false },
  forbidden: { status: 403, title: 'The API key does not allow this', retryable: false },
  not_found: { status: 404, title: 'The resource does not exist', retryable: false },
  route_not_found: { status: 404, title: 'There is no such path', retryable: false },
  method_not_allowed: {
    status: 405,
    title: 'The path does not know this method',
    retryable: false,
  },
  request_timeout: { status: 408, title: 'The body came too slowly', retryable: true },
  already_exists: { status: 409, title: 'The resource already exists', retryable: false },
  payload_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not in a supported format',
    retryable: false,
  },
  expectation_failed: { status: 417, title: 'The expectation cannot be met', retryable: false },
  too_many_requests: { status: 429, title: 'Too many requests', retryable: true },
  headers_too_large: { status: 431, title: 'The headers are too large', retryable: false },
  stream_error: { status: 500, title: 'The stream operation failed', retryable: false },
  topic_error: { status: 500, title: 'The topic operation failed', retryable: false },
  send_error: { status: 500, title: 'The messages could not be stored', retryable: false },
  poll_error: { status: 500, title: 'The messages could not be read', retryable: false },
  internal_error: { status: 500, title: 'The gateway failed', retryable: false },
  connection_failed: { status: 503, title: 'The broker cannot be reached', retryable: true },
  disconnected: { status: 503, title: 'The broker connection was lost', retryable: true },
  connection_reset: { status: 503, title: 'The broker connection was reset', retryable: true },
  circuit_open: { status: 503, title: 'The broker failed too often of late', retryable: true },
  overloaded: { status: 503, title: 'The gateway is overloaded', retryable: true },
  draining: { status: 503, title: 'The gateway is shutting down', retryable: true },
  timeout: { status: 504, title: 'The broker did not answer in time', retryable: true },
  // Not retryable as such: only with the same event id, by which a duplicate can be told.
  outcome_unknown: { status: 504, title: 'Nobody can say whether it happened', retryable: false },
} as const satisfies Record<string, ProblemKind>;

export type ErrorCode = keyof typeof PROBLEMS;

/** One fault of a request: where (RFC 6901 JSON pointer), and what. */
export interface Issue {
  path: string;
  message: string;
}

export interface GatewayErrorOptions {
  /** What went wrong underneath. Logged, never sent. */
  cause?: unknown;
  /** Every fault of the request, where there may be more than one. */
  issues?: readonly Issue[];
  /** More to say than fits one sentence; reaches the client. */
  details?: string;
  headers?: Readonly<Record<string, string>>;
}

/** The only error that may leave a service. The message reaches the client: no secrets, no stacks. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly issues: readonly Issue[] | undefined;
  readonly details: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.issues = options.issues;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}
