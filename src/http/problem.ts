import { type ErrorCode, GatewayError, type Issue, PROBLEMS } from '../errors.ts';

/** RFC 9457; `error`, `message` and `details` are the original's members (http-contract §3). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  error: ErrorCode;
  message: string;
  details?: string;
  retryable: boolean;
  request_id: string;
  errors?: readonly Issue[];
}

export const PROBLEM_TYPE = 'application/problem+json';

export function toProblem(error: GatewayError, requestId: string): Problem {
  const { code, message, details, issues } = error;
  const { title, status, retryable } = PROBLEMS[code];
  return {
    type: `urn:sluice:problem:${code}`,
    title,
    status,
    detail: message,
    error: code,
    message,
    ...(details !== undefined && { details }),
    retryable,
    request_id: requestId,
    ...(issues !== undefined && { errors: issues }),
  };
}
