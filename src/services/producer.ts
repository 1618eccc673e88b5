import type { OutgoingMessage, Partitioning } from '../iggy-client/port.ts';
import { encodeTextHeaders } from '../iggy-client/text-headers.ts';
import type { NewMessages, Sent } from '../models/message.ts';
import type { TopicPath } from '../models/name.ts';
import type { Clock } from '../utils/clock.ts';
import { namingWhatIsMissing } from './not-found.ts';
import type { BrokerAccess } from './streams.ts';
import { timed, type TrafficListener } from './traffic.ts';
import { TRACEPARENT } from './user-headers.ts';

/**
 * Stores events. Resolves once the broker has confirmed all of them; rejects with a GatewayError, of which
 * every code but `outcome_unknown` says that none was stored.
 */
export interface Producer {
  send(path: TopicPath, messages: NewMessages, signal: AbortSignal): Promise<Sent>;
}

export interface ProducerOptions extends BrokerAccess {
  clock: Clock;
  traffic: TrafficListener;
}

export function producer({ client, askBroker, clock, traffic }: ProducerOptions): Producer {
  function deliver(
    { stream, topic }: TopicPath,
    { events, partitionKey, traceparent }: NewMessages,
    signal: AbortSignal,
  ) {
    // The time of arrival; what the event says of itself is the event's own affair (http-contract §2).
    const originTimestampMicros = clock.nowMicros();
    const userHeaders = encodeHeaders(traceparent);
    const messages = events.map(({ messageId, text }): OutgoingMessage => ({
      id: messageId,
      originTimestampMicros,
      payload: text,
      ...userHeaders,
    }));
    const request = { stream, topic, partitioning: choosePartition(partitionKey), messages };
    return askBroker({ family: 'send', writes: true, stream, topic }, () =>
      namingWhatIsMissing(client, { stream, topic }, { signal }, () =>
        client.send(request, { signal }),
      ),
    );
  }

  return {
    async send(path, messages, signal) {
      const { partitionId, baseOffset } = await timed(
        clock,
        () => deliver(path, messages, signal),
        (end) => traffic.sendEnded({ ...end, ...path, messages: messages.events.length }),
      );
      return {
        stream: path.stream,
        topic: path.topic,
        acknowledgedAtMicros: clock.nowMicros(),
        events: messages.events.map(({ eventId, messageId }, index) => ({
          eventId,
          messageId,
          partitionId,
          offset: baseOffset === undefined ? undefined : baseOffset + BigInt(index),
        })),
      };
    },
  };
}

/** All messages of one request belong to the same trace. */
function encodeHeaders(traceparent: string | undefined): Pick<OutgoingMessage, 'userHeaders'> {
  if (traceparent === undefined) return {};
  return { userHeaders: encodeTextHeaders({ [TRACEPARENT]: traceparent }) };
}

function choosePartition(key: string | undefined): Partitioning {
  return key === undefined ? { kind: 'balanced' } : { kind: 'key', key };
}
