import { answerJson } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { parse } from '../http/parse.ts';
import type { Handler } from '../http/state.ts';
import { streamPath } from '../models/name.ts';
import { createStreamBody, toStreamView } from '../models/stream.ts';
import type { StreamService } from '../services/streams.ts';

export interface StreamHandlersOptions {
  streams: StreamService;
  bodyBytesMax: number;
}

/** Handlers translate and nothing more: parse in, call one service, present out. They never catch. */
export function streamHandlers({
  streams,
  bodyBytesMax,
}: StreamHandlersOptions): Record<'list' | 'create' | 'get' | 'remove', Handler> {
  return {
    async list(ctx) {
      const found = await streams.list(ctx.state.signal);
      answerJson(ctx, 200, found.map(toStreamView));
    },

    async create(ctx) {
      const body = await readBody(ctx, bodyBytesMax);
      const { name } = parseJsonBody(createStreamBody, body);
      ctx.state.mayHaveWritten = true;
      const stream = await streams.create(name, ctx.state.signal);
      ctx.set('Location', `/streams/${name}`);
      answerJson(ctx, 201, toStreamView(stream));
    },

    async get(ctx) {
      const { stream } = parse(streamPath, ctx.params);
      answerJson(ctx, 200, toStreamView(await streams.get(stream, ctx.state.signal)));
    },

    async remove(ctx) {
      const { stream } = parse(streamPath, ctx.params);
      ctx.state.mayHaveWritten = true;
      await streams.remove(stream, ctx.state.signal);
      ctx.status = 204;
    },
  };
}
