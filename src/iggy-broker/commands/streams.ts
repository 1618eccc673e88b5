import {
  createStream,
  deleteStream,
  EMPTY,
  getStream,
  getStreams,
  type Option,
  purgeStream,
  STATUS,
  type Stream as StreamReply,
  updateStream,
} from '../../iggy-protocol/index.ts';
import { type Stream, streamTotals } from '../catalog.ts';
import { notAdmitted } from '../refusal.ts';
import { serve } from '../served.ts';
import { requireStream } from './targets.ts';
import { topicHeader } from './topics.ts';

export const streamCommands = [
  serve(getStream, (request, { state: { catalog } }) => {
    const stream = catalog.streams.find(request.stream);
    if (stream === undefined) return null;
    return { stream: streamReply(stream), topics: stream.topics.list().map(topicHeader) };
  }),
  serve(getStreams, (_request, { state: { catalog } }) => ({
    streams: catalog.streams.list().map(streamReply),
  })),
  serve(createStream, ({ name, options }, { state: { catalog, clock } }) => {
    refuseOptions(options);
    return streamReply(catalog.createStream(name, clock.nowMicros()));
  }),
  serve(updateStream, ({ stream, name, options }, { state: { catalog } }) => {
    refuseOptions(options);
    catalog.renameStream(requireStream(catalog, stream), name);
    return EMPTY;
  }),
  serve(deleteStream, ({ stream }, { state: { catalog } }) => {
    catalog.deleteStream(requireStream(catalog, stream));
    return EMPTY;
  }),
  serve(purgeStream, ({ stream }, { state: { catalog } }) => {
    for (const { partitions } of requireStream(catalog, stream).topics) {
      for (const partition of partitions) partition.purge();
    }
    return EMPTY;
  }),
];

function streamReply(stream: Stream): StreamReply {
  return {
    id: stream.id,
    createdAt: stream.createdAtMicros,
    topicsCount: stream.topics.size,
    ...streamTotals(stream),
    name: stream.name,
    options: [],
  };
}

/** Streams know no options (iggy-vsr-0.11 §4). */
function refuseOptions(options: readonly Option[]): void {
  if (options.length > 0) throw notAdmitted(STATUS.UnsupportedOptionKey);
}
