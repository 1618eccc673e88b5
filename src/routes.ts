import { Router } from '@koa/router';

import { docsHandlers } from './handlers/docs.ts';
import { healthHandlers, type HealthHandlersOptions } from './handlers/health.ts';
import { messageHandlers, type MessageHandlersOptions } from './handlers/messages.ts';
import { offsetHandlers, type OffsetHandlersOptions } from './handlers/offsets.ts';
import { streamHandlers, type StreamHandlersOptions } from './handlers/streams.ts';
import { topicHandlers, type TopicHandlersOptions } from './handlers/topics.ts';
import type { Handler, RequestState } from './http/state.ts';
import type { Route, RouteLayer } from './middleware/match-ahead.ts';
import { requireScope } from './middleware/require-scope.ts';
import type { Verb } from './models/scope.ts';

export interface RoutesOptions
  extends
    HealthHandlersOptions,
    StreamHandlersOptions,
    TopicHandlersOptions,
    MessageHandlersOptions,
    OffsetHandlersOptions {
  /** Stands before every route but the probes, which must answer whatever happens. */
  deadline: RouteLayer;
  /** What `/openapi.json` and `/docs` show; undefined: those paths do not exist. */
  document: object | undefined;
}

type Method = Route['method'];
type Probe = readonly [method: Method, path: string, handler: Handler];
type ApiRoute = readonly [method: Method, path: string, verb: Verb, handler: Handler];

export interface Routes {
  /** Has them all. */
  readonly router: Router<RequestState>;
  /** Those of them that are worth a short cut: sending and polling. */
  readonly busy: readonly Route[];
}

const OFFSET_PATH = '/streams/:stream/topics/:topic/consumers/:consumer_id/offset';

/** The route table (http-contract §1), with what a key must be allowed to do. HEAD comes with every GET. */
export function routes({ deadline, document, ...options }: RoutesOptions): Routes {
  const health = healthHandlers(options);
  const streams = streamHandlers(options);
  const topics = topicHandlers(options);
  const messages = messageHandlers(options);
  const offsets = offsetHandlers(options);

  const probes: readonly Probe[] = [
    ['get', '/health', health.health],
    ['get', '/ready', health.ready],
  ];
  const api: readonly ApiRoute[] = [
    ['get', '/stats', 'view', health.stats],
    ['post', '/messages', 'send', messages.sendOne],
    ['get', '/messages', 'poll', messages.poll],
    ['post', '/messages/batch', 'send', messages.sendMany],
    ['post', '/streams/:stream/topics/:topic/messages', 'send', messages.sendOne],
    ['get', '/streams/:stream/topics/:topic/messages', 'poll', messages.poll],
    ['post', '/streams/:stream/topics/:topic/messages/batch', 'send', messages.sendMany],
    ['get', '/streams', 'view', streams.list],
    ['post', '/streams', 'admin', streams.create],
    ['get', '/streams/:stream', 'view', streams.get],
    ['delete', '/streams/:stream', 'admin', streams.remove],
    ['get', '/streams/:stream/topics', 'view', topics.list],
    ['post', '/streams/:stream/topics', 'admin', topics.create],
    ['get', '/streams/:stream/topics/:topic', 'view', topics.get],
    ['delete', '/streams/:stream/topics/:topic', 'admin', topics.remove],
    ['get', OFFSET_PATH, 'poll', offsets.get],
    ['put', OFFSET_PATH, 'poll', offsets.store],
    ['delete', OFFSET_PATH, 'poll', offsets.forget],
  ];

  const router = new Router<RequestState>({ strict: true, sensitive: true });
  for (const [method, path, handler] of probes) router[method](path, handler);
  if (document) {
    for (const [path, handler] of docsHandlers(document)) router.get(path, handler);
  }
  const busy: Route[] = [];
  for (const [method, path, verb, handler] of api) {
    const target = path.startsWith('/messages') ? options.defaultTopic : undefined;
    const layers = [requireScope({ verb, target }), deadline, handler];
    router[method](path, ...layers);
    if (/\/messages(?:\/batch)?$/.test(path)) busy.push({ method, path, layers });
  }
  return { router, busy };
}
