import type { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';

import type { ErrorCode } from '../../errors.ts';
import { apiHeaders, requestHeaders, SECURITY_SCHEMES } from './parameters.ts';
import { problemResponses } from './problems.ts';

/** What Node's parser, the host check or a fault of ours may answer on any path. */
const EVERYWHERE: readonly ErrorCode[] = [
  'bad_request',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal_error',
];

/** The gates in front of all routes but the probes. */
const GATED: readonly ErrorCode[] = ['too_many_requests', 'overloaded'];
const KEYED: readonly ErrorCode[] = ['unauthorized', 'forbidden'];

const BROKER: readonly ErrorCode[] = [
  'connection_failed',
  'disconnected',
  'connection_reset',
  'circuit_open',
  'overloaded',
  'draining',
];
const READING: readonly ErrorCode[] = [...BROKER, 'timeout'];
const WRITING: readonly ErrorCode[] = [...BROKER, 'outcome_unknown'];
const WITH_BODY: readonly ErrorCode[] = [
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
];

/** One of them is enough. */
const ANY_KEY = Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: [] }));

export interface OperationOptions {
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /**
   * - `probe`: passes no gate and needs no key.
   * - `page`: passes the gates without a key, because a browser sends none.
   * - `local`: needs a key, and does not ask the broker.
   * - `read`, `write`, `read-or-write`: asks the broker.
   */
  kind: 'probe' | 'page' | 'local' | 'read' | 'write' | 'read-or-write';
  path?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  success: 200 | 201 | 204;
  /** Media types of the answer, where it has a body. */
  content?: Readonly<Record<string, z.ZodType>>;
  headers?: z.ZodObject;
  /** What else may go wrong, besides what follows from the kind and the body. */
  problems?: readonly ErrorCode[];
}

/** One route, described: what may be sent, and everything that may come back. */
export function operation(options: OperationOptions): ZodOpenApiOperationObject {
  const { id, tag, summary, description, kind, path, query, body, problems = [] } = options;
  const { success, content, headers = apiHeaders } = options;
  const codes = [
    ...EVERYWHERE,
    ...problemsOf(kind),
    ...(body === undefined ? [] : WITH_BODY),
    ...problems,
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: kind === 'probe' || kind === 'page' ? [] : ANY_KEY,
    requestParams: {
      ...(path !== undefined && { path }),
      ...(query !== undefined && { query }),
      header: requestHeaders,
    },
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
    }),
    responses: {
      [String(success)]: {
        description: summary,
        headers,
        ...(content !== undefined && {
          content: Object.fromEntries(
            Object.entries(content).map(([type, schema]) => [type, { schema }]),
          ),
        }),
      },
      ...problemResponses(codes),
    },
  };
}

function problemsOf(kind: OperationOptions['kind']): readonly ErrorCode[] {
  switch (kind) {
    case 'probe':
      return [];
    case 'page':
      return GATED;
    case 'local':
      return [...GATED, ...KEYED];
    case 'read':
      return [...GATED, ...KEYED, ...READING];
    case 'write':
      return [...GATED, ...KEYED, ...WRITING];
    case 'read-or-write':
      return [...GATED, ...KEYED, ...READING, ...WRITING];
  }
}
