import { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';

import { type ErrorCode, PROBLEMS } from '../../errors.ts';
import { PROBLEM_TYPE } from '../problem.ts';
import { problemHeaders } from './parameters.ts';

/** The shape of one problem, as `toProblem` makes it (http-contract §3). */
function problemSchema(code: ErrorCode) {
  const { status, title, retryable } = PROBLEMS[code];
  return z
    .strictObject({
      type: z.literal(`urn:sluice:problem:${code}`),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.string(),
      error: z.literal(code),
      message: z.string(),
      details: z.string().optional(),
      retryable: z.literal(retryable),
      request_id: z.string(),
      errors: z
        .array(z.strictObject({ path: z.string(), message: z.string() }))
        .optional()
        .meta({ description: 'Every fault; paths are JSON pointers (RFC 6901).' }),
    })
    .meta({ id: `problem.${code}` });
}

type ProblemSchema = ReturnType<typeof problemSchema>;

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(PROBLEMS, name);
}

/** By code. Every problem there is, so that an answer to an unknown path has its schema too. */
export const PROBLEM_SCHEMAS: ReadonlyMap<ErrorCode, ProblemSchema> = new Map(
  Object.keys(PROBLEMS)
    .filter(isErrorCode)
    .map((code) => [code, problemSchema(code)]),
);

/** One response for each status among `codes`, with the problems it may carry. */
export function problemResponses(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
        headers: problemHeaders,
        content: { [PROBLEM_TYPE]: { schema: oneOf(group) } },
      },
    ]),
  );
}

function oneOf(codes: readonly ErrorCode[]): z.ZodType {
  const [first, ...more] = codes.flatMap((code) => PROBLEM_SCHEMAS.get(code) ?? []);
  if (first === undefined) return z.never();
  return more.length === 0 ? first : z.discriminatedUnion('error', [first, ...more]);
}
