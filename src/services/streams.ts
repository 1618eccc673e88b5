import type { IggyClient } from '../iggy-client/port.ts';
import type { ResourceName } from '../models/name.ts';
import type { Stream } from '../models/stream.ts';
import { streamNotFound } from './not-found.ts';
import type { AskBroker, Operation } from './translate-error.ts';

export interface BrokerAccess {
  client: IggyClient;
  askBroker: AskBroker;
}

/** Streams by name. Every function rejects with a GatewayError. */
export interface StreamService {
  list(signal: AbortSignal): Promise<Stream[]>;
  create(stream: ResourceName, signal: AbortSignal): Promise<Stream>;
  get(stream: ResourceName, signal: AbortSignal): Promise<Stream>;
  /** Deletes it with everything in it. */
  remove(stream: ResourceName, signal: AbortSignal): Promise<void>;
}

const READING: Operation = { family: 'stream', writes: false };
const WRITING: Operation = { family: 'stream', writes: true };

export function streamService({ client, askBroker }: BrokerAccess): StreamService {
  return {
    list: (signal) => askBroker(READING, () => client.listStreams({ signal })),

    create: (stream, signal) =>
      askBroker({ ...WRITING, stream }, () => client.createStream(stream, { signal })),

    async get(stream, signal) {
      const found = await askBroker({ ...READING, stream }, () =>
        client.getStream(stream, { signal }),
      );
      if (!found) throw streamNotFound(stream);
      return found;
    },

    remove: (stream, signal) =>
      askBroker({ ...WRITING, stream }, () => client.deleteStream(stream, { signal })),
  };
}
