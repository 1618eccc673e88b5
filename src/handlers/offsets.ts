import { answerJson } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { parse } from '../http/parse.ts';
import { queryOf } from '../http/query.ts';
import type { GatewayContext, Handler } from '../http/state.ts';
import type { TopicPath } from '../models/name.ts';
import {
  offsetPath,
  offsetQuery,
  type OffsetTarget,
  storeOffsetBody,
  toOffsetView,
} from '../models/offset.ts';
import type { OffsetService } from '../services/offsets.ts';

export interface OffsetHandlersOptions {
  offsets: OffsetService;
  bodyBytesMax: number;
}

export function offsetHandlers({
  offsets,
  bodyBytesMax,
}: OffsetHandlersOptions): Record<'get' | 'store' | 'forget', Handler> {
  return {
    async get(ctx) {
      const { path, target } = targetOf(ctx);
      const committed = await offsets.get(path, target, ctx.state.signal);
      answerJson(ctx, 200, toOffsetView(target, committed));
    },

    async store(ctx) {
      const { path, target } = targetOf(ctx);
      const body = await readBody(ctx, bodyBytesMax);
      const { offset } = parseJsonBody(storeOffsetBody, body);
      ctx.state.mayHaveWritten = true;
      await offsets.store(path, target, offset, ctx.state.signal);
      ctx.status = 204;
    },

    async forget(ctx) {
      const { path, target } = targetOf(ctx);
      ctx.state.mayHaveWritten = true;
      await offsets.forget(path, target, ctx.state.signal);
      ctx.status = 204;
    },
  };
}

function targetOf(ctx: GatewayContext): { path: TopicPath; target: OffsetTarget } {
  const { stream, topic, consumer_id: consumerId } = parse(offsetPath, ctx.params);
  const { partition_id: partitionId } = parse(offsetQuery, queryOf(ctx));
  return { path: { stream, topic }, target: { consumerId, partitionId } };
}
