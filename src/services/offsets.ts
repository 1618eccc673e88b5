import type { TopicPath } from '../models/name.ts';
import type { CommittedOffset, OffsetTarget } from '../models/offset.ts';
import { findMissingTopic, namingWhatIsMissing, offsetNotFound } from './not-found.ts';
import type { BrokerAccess } from './streams.ts';
import type { Operation } from './translate-error.ts';

/**
 * How far consumers have come, kept by the broker alone: whoever polls without committing, and stores the
 * offset once the messages are dealt with, sees each of them at least once. Rejects with a GatewayError.
 */
export interface OffsetService {
  get(path: TopicPath, target: OffsetTarget, signal: AbortSignal): Promise<CommittedOffset>;
  store(path: TopicPath, target: OffsetTarget, offset: bigint, signal: AbortSignal): Promise<void>;
  /** The consumer begins anew. */
  forget(path: TopicPath, target: OffsetTarget, signal: AbortSignal): Promise<void>;
}

export function offsetService({ client, askBroker }: BrokerAccess): OffsetService {
  return {
    get({ stream, topic }, target, signal) {
      const where = { stream, topic, ...target };
      const operation: Operation = { family: 'offset', writes: false, ...where };
      return askBroker(operation, async () => {
        const found = await client.getConsumerOffset(where, { signal });
        if (found) return found;
        // Real servers say "nothing" of a missing topic too (observed).
        throw (await findMissingTopic(client, where, { signal })) ?? offsetNotFound(where);
      });
    },

    store({ stream, topic }, target, offset, signal) {
      const where = { stream, topic, ...target };
      return askBroker({ family: 'offset', writes: true, ...where }, () =>
        namingWhatIsMissing(client, where, { signal }, () =>
          client.storeConsumerOffset(where, offset, { signal }),
        ),
      );
    },

    forget({ stream, topic }, target, signal) {
      const where = { stream, topic, ...target };
      return askBroker({ family: 'offset', writes: true, ...where }, () =>
        namingWhatIsMissing(client, where, { signal }, () =>
          client.deleteConsumerOffset(where, { signal }),
        ),
      );
    },
  };
}
