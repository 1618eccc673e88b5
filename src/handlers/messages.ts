import { answerJson, answerJsonText } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { parse } from '../http/parse.ts';
import { toPollAnswer } from '../http/poll-answer.ts';
import { queryOf } from '../http/query.ts';
import { parseSendOne, sendManyParser } from '../http/send-body.ts';
import type { GatewayContext, Handler } from '../http/state.ts';
import { type NewMessages, pollQuery, type Sent, toSentViews } from '../models/message.ts';
import { type TopicPath, topicPath } from '../models/name.ts';
import type { Consumer } from '../services/consumer.ts';
import type { Producer } from '../services/producer.ts';

export interface MessageHandlersOptions {
  producer: Producer;
  consumer: Consumer;
  /** Where messages go that name no stream and topic. */
  defaultTopic: TopicPath;
  bodyBytesMax: number;
  batchMax: number;
  pollCountMax: number;
}

export function messageHandlers(
  options: MessageHandlersOptions,
): Record<'sendOne' | 'sendMany' | 'poll', Handler> {
  const { producer, consumer, defaultTopic, bodyBytesMax, batchMax, pollCountMax } = options;

  const parseSendMany = sendManyParser(batchMax);

  /** The routes without a stream and topic in their path are the same with the default ones. */
  function pathOf(ctx: GatewayContext): TopicPath {
    return 'stream' in ctx.params ? parse(topicPath, ctx.params) : defaultTopic;
  }

  /** The messages carry the trace of the request they came with. */
  function send(ctx: GatewayContext, path: TopicPath, messages: NewMessages): Promise<Sent> {
    const { traceparent, signal } = ctx.state;
    return producer.send(path, { ...messages, traceparent }, signal);
  }

  return {
    async sendOne(ctx) {
      const path = pathOf(ctx);
      const messages = parseSendOne(await readBody(ctx, bodyBytesMax));
      ctx.state.mayHaveWritten = true;
      const [view] = toSentViews(await send(ctx, path, messages));
      answerJson(ctx, 201, view);
    },

    async sendMany(ctx) {
      const path = pathOf(ctx);
      const messages = parseSendMany(await readBody(ctx, bodyBytesMax));
      ctx.state.mayHaveWritten = true;
      answerJson(ctx, 201, toSentViews(await send(ctx, path, messages)));
    },

    async poll(ctx) {
      const path = pathOf(ctx);
      const query = parse(pollQuery, queryOf(ctx));
      const count = Math.min(query.count, pollCountMax);
      if (count < query.count) ctx.set('X-Effective-Count', String(count));
      const poll = {
        partitionId: query.partition_id,
        consumerId: query.consumer_id,
        offset: query.offset,
        count,
        // HEAD shows no messages, so it must not mark any as seen.
        autoCommit: query.auto_commit && ctx.method === 'GET',
      };
      if (poll.autoCommit) ctx.state.mayHaveWritten = true;
      const page = await consumer.poll(path, poll, ctx.state.signal);
      answerJsonText(ctx, 200, toPollAnswer(page));
    },
  };
}
