import { Router } from '@koa/router';
import type { Middleware } from 'koa';

import { healthHandlers, type HealthHandlersOptions } from './handlers/health.ts';
import { messageHandlers, type MessageHandlersOptions } from './handlers/messages.ts';
import { streamHandlers, type StreamHandlersOptions } from './handlers/streams.ts';
import { topicHandlers, type TopicHandlersOptions } from './handlers/topics.ts';
import type { Handler, RequestState } from './http/state.ts';

export interface RoutesOptions
  extends
    HealthHandlersOptions,
    StreamHandlersOptions,
    TopicHandlersOptions,
    MessageHandlersOptions {
  /** Stands before every route but the probes, which must answer whatever happens. */
  deadline: Middleware<RequestState>;
}

type Route = readonly [method: 'get' | 'post' | 'delete', path: string, handler: Handler];

/** The route table (http-contract §1). HEAD comes with every GET. */
export function routes({ deadline, ...options }: RoutesOptions): Router<RequestState> {
  const health = healthHandlers(options);
  const streams = streamHandlers(options);
  const topics = topicHandlers(options);
  const messages = messageHandlers(options);

  const probes: readonly Route[] = [
    ['get', '/health', health.health],
    ['get', '/ready', health.ready],
  ];
  const api: readonly Route[] = [
    ['get', '/stats', health.stats],
    ['post', '/messages', messages.sendOne],
    ['get', '/messages', messages.poll],
    ['post', '/messages/batch', messages.sendMany],
    ['post', '/streams/:stream/topics/:topic/messages', messages.sendOne],
    ['get', '/streams/:stream/topics/:topic/messages', messages.poll],
    ['post', '/streams/:stream/topics/:topic/messages/batch', messages.sendMany],
    ['get', '/streams', streams.list],
    ['post', '/streams', streams.create],
    ['get', '/streams/:stream', streams.get],
    ['delete', '/streams/:stream', streams.remove],
    ['get', '/streams/:stream/topics', topics.list],
    ['post', '/streams/:stream/topics', topics.create],
    ['get', '/streams/:stream/topics/:topic', topics.get],
    ['delete', '/streams/:stream/topics/:topic', topics.remove],
  ];

  const router = new Router<RequestState>({ strict: true, sensitive: true });
  for (const [method, path, handler] of probes) router[method](path, handler);
  for (const [method, path, handler] of api) router[method](path, deadline, handler);
  return router;
}
