import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';

import type { ErrorCode } from '../../errors.ts';
import { streamPath, topicPath } from '../../models/name.ts';
import { offsetPath, offsetQuery, offsetView, storeOffsetBody } from '../../models/offset.ts';
import { createStreamBody, streamView } from '../../models/stream.ts';
import { createTopicBody, topicView } from '../../models/topic.ts';
import { operation, type OperationOptions } from './operation.ts';
import { createdHeaders } from './parameters.ts';

type Described = Omit<OperationOptions, 'tag' | 'problems'> & { problems?: readonly ErrorCode[] };

const ofStreams = (options: Described) =>
  operation({
    ...options,
    tag: 'streams',
    problems: [...(options.problems ?? []), 'stream_error'],
  });
/** A topic's stream is looked up first. */
const ofTopics = (options: Described) =>
  operation({
    ...options,
    tag: 'topics',
    problems: [...(options.problems ?? []), 'not_found', 'topic_error', 'stream_error'],
  });
const ofOffsets = (options: Described) =>
  operation({
    path: offsetPath,
    query: offsetQuery,
    ...options,
    tag: 'offsets',
    problems: ['not_found', 'poll_error'],
  });

const json = (schema: z.ZodType) => ({ 'application/json': schema });

export function streamPaths(): ZodOpenApiPathsObject {
  return {
    '/streams': {
      get: ofStreams({
        id: 'listStreams',
        kind: 'read',
        summary: 'All streams',
        success: 200,
        content: json(z.array(streamView)),
      }),
      post: ofStreams({
        id: 'createStream',
        kind: 'write',
        summary: 'Makes a stream',
        body: createStreamBody,
        success: 201,
        headers: createdHeaders,
        content: json(streamView),
        problems: ['already_exists'],
      }),
    },
    '/streams/{stream}': {
      get: ofStreams({
        id: 'getStream',
        kind: 'read',
        summary: 'One stream',
        path: streamPath,
        success: 200,
        content: json(streamView),
        problems: ['not_found'],
      }),
      delete: ofStreams({
        id: 'deleteStream',
        kind: 'write',
        summary: 'Deletes a stream with everything in it',
        path: streamPath,
        success: 204,
        problems: ['not_found'],
      }),
    },
    '/streams/{stream}/topics': {
      get: ofTopics({
        id: 'listTopics',
        kind: 'read',
        summary: 'All topics of a stream',
        path: streamPath,
        success: 200,
        content: json(z.array(topicView)),
      }),
      post: ofTopics({
        id: 'createTopic',
        kind: 'read-or-write',
        summary: 'Makes a topic',
        path: streamPath,
        body: createTopicBody,
        success: 201,
        headers: createdHeaders,
        content: json(topicView),
        problems: ['already_exists'],
      }),
    },
    '/streams/{stream}/topics/{topic}': {
      get: ofTopics({
        id: 'getTopic',
        kind: 'read',
        summary: 'One topic',
        path: topicPath,
        success: 200,
        content: json(topicView),
      }),
      delete: ofTopics({
        id: 'deleteTopic',
        kind: 'write',
        summary: 'Deletes a topic with everything in it',
        path: topicPath,
        success: 204,
      }),
    },
    '/streams/{stream}/topics/{topic}/consumers/{consumer_id}/offset': {
      get: ofOffsets({
        id: 'getOffset',
        kind: 'read',
        summary: 'The committed offset of a consumer',
        success: 200,
        content: json(offsetView),
      }),
      put: ofOffsets({
        id: 'storeOffset',
        kind: 'write',
        summary: 'Commits an offset: the next poll without one goes on after it',
        description:
          'Poll without `auto_commit`, work, then store the offset of the last message: at least once.',
        body: storeOffsetBody,
        success: 204,
      }),
      delete: ofOffsets({
        id: 'forgetOffset',
        kind: 'write',
        summary: 'Forgets the committed offset: the consumer begins anew',
        success: 204,
      }),
    },
  };
}
