import { z } from 'zod';
import type { ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi';

import { event } from '../../models/event.ts';
import { pageView, pollQuery, sendManyBody, sendOneBody, sentView } from '../../models/message.ts';
import { topicPath } from '../../models/name.ts';
import { operation } from './operation.ts';
import { pageHeaders } from './parameters.ts';

/** The routes without a stream and topic in their path are the same with the default ones. */
export function messagePaths(batchMax: number): ZodOpenApiPathsObject {
  return {
    '/messages': messages('Default', undefined),
    '/messages/batch': batch('Default', undefined, batchMax),
    '/streams/{stream}/topics/{topic}/messages': messages('', topicPath),
    '/streams/{stream}/topics/{topic}/messages/batch': batch('', topicPath, batchMax),
  };
}

type Path = typeof topicPath | undefined;

function messages(suffix: string, path: Path): ZodOpenApiPathItemObject {
  return {
    post: operation({
      id: `send${suffix}`,
      tag: 'messages',
      kind: 'write',
      summary: 'Stores one event',
      ...(path && { path }),
      body: sendOneBody,
      success: 201,
      content: { 'application/json': sentView },
      problems: ['not_found', 'send_error'],
    }),
    get: operation({
      id: `poll${suffix}`,
      tag: 'messages',
      kind: 'read-or-write',
      summary: 'Reads a page of one partition',
      ...(path && { path }),
      query: pollQuery,
      success: 200,
      headers: pageHeaders,
      content: { 'application/json': pageView },
      problems: ['not_found', 'poll_error'],
    }),
  };
}

function batch(suffix: string, path: Path, batchMax: number): ZodOpenApiPathItemObject {
  const body = sendManyBody(batchMax).extend({ events: z.array(event).min(1).max(batchMax) });
  return {
    post: operation({
      id: `sendBatch${suffix}`,
      tag: 'messages',
      kind: 'write',
      summary: 'Stores several events in one partition, whole or not at all',
      ...(path && { path }),
      body,
      success: 201,
      content: { 'application/json': z.array(sentView) },
      problems: ['not_found', 'send_error'],
    }),
  };
}
