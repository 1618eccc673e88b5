import { z } from 'zod';

import { resourceName } from './name.ts';
import { toTimestamp } from './timestamp.ts';

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
export interface StreamView {
  id: number;
  name: string;
  created_at: string;
  topics_count: number;
  size_bytes: number;
  messages_count: number;
}

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
