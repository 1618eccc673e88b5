import { answerJson } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { parse } from '../http/parse.ts';
import type { Handler } from '../http/state.ts';
import { streamPath, topicPath } from '../models/name.ts';
import { createTopicBody, toTopicView } from '../models/topic.ts';
import type { TopicService } from '../services/topics.ts';

export interface TopicHandlersOptions {
  topics: TopicService;
  bodyBytesMax: number;
}

export function topicHandlers({
  topics,
  bodyBytesMax,
}: TopicHandlersOptions): Record<'list' | 'create' | 'get' | 'remove', Handler> {
  return {
    async list(ctx) {
      const { stream } = parse(streamPath, ctx.params);
      const found = await topics.list(stream, ctx.state.signal);
      answerJson(ctx, 200, found.map(toTopicView));
    },

    async create(ctx) {
      const { stream } = parse(streamPath, ctx.params);
      const body = await readBody(ctx, bodyBytesMax);
      const wanted = parseJsonBody(createTopicBody, body);
      ctx.state.mayHaveWritten = true;
      const topic = await topics.create(stream, wanted, ctx.state.signal);
      ctx.set('Location', `/streams/${stream}/topics/${wanted.name}`);
      answerJson(ctx, 201, toTopicView(topic));
    },

    async get(ctx) {
      const path = parse(topicPath, ctx.params);
      answerJson(ctx, 200, toTopicView(await topics.get(path, ctx.state.signal)));
    },

    async remove(ctx) {
      const path = parse(topicPath, ctx.params);
      ctx.state.mayHaveWritten = true;
      await topics.remove(path, ctx.state.signal);
      ctx.status = 204;
    },
  };
}
