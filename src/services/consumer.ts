import type { Page, Poll } from '../models/message.ts';
import type { TopicPath } from '../models/name.ts';
import { namingWhatIsMissing } from './not-found.ts';
import type { BrokerAccess } from './streams.ts';
import type { TrafficCounter } from './traffic.ts';
import type { Operation } from './translate-error.ts';

/** Reads stored messages as they are, whatever they are. Rejects with a GatewayError. */
export interface Consumer {
  poll(path: TopicPath, poll: Poll, signal: AbortSignal): Promise<Page>;
}

export interface ConsumerOptions extends BrokerAccess {
  traffic: TrafficCounter;
}

export function consumer({ client, askBroker, traffic }: ConsumerOptions): Consumer {
  return {
    async poll({ stream, topic }, { partitionId, consumerId, offset, count, autoCommit }, signal) {
      const request = {
        stream,
        topic,
        partitionId,
        consumerId,
        from:
          offset === undefined ? ({ kind: 'next' } as const) : { kind: 'offset' as const, offset },
        count,
        autoCommit,
      };
      const target = { stream, topic, partitionId };
      const operation: Operation = { family: 'poll', writes: autoCommit, ...target };
      const page = await askBroker(operation, () =>
        namingWhatIsMissing(client, target, { signal }, () => client.poll(request, { signal })),
      );
      traffic.received(page.messages.length);
      return page;
    },
  };
}
