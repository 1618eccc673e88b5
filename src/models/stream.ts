import { z } from 'zod';

import { bigCount } from './integer.ts';
import { resourceName } from './name.ts';
import { shownTimestamp, toTimestamp } from './timestamp.ts';

export const createStreamBody = z.strictObject({ name: resourceName });

/** What services speak: units of the wire, no HTTP. */
export interface Stream {
  id: number;
  name: string;
  createdAtMicros: bigint;
  topicsCount: number;
  sizeBytes: bigint;
  messagesCount: bigint;
}

/** What clients see. Changing this shape is a breaking change; changing `Stream` is not. */
export const streamView = z
  .strictObject({
    id: z.int().min(0),
    name: z.string(),
    created_at: shownTimestamp,
    topics_count: z.int().min(0),
    size_bytes: bigCount,
    messages_count: bigCount,
  })
  .meta({ id: 'Stream' });
export type StreamView = z.infer<typeof streamView>;

export function toStreamView(stream: Stream): StreamView {
  return {
    id: stream.id,
    name: stream.name,
    created_at: toTimestamp(stream.createdAtMicros),
    topics_count: stream.topicsCount,
    size_bytes: Number(stream.sizeBytes),
    messages_count: Number(stream.messagesCount),
  };
}
