import type { PollResult } from '../iggy-client/port.ts';
import { findTextHeader } from '../iggy-client/text-headers.ts';
import type { Page, Poll } from '../models/message.ts';
import type { TopicPath } from '../models/name.ts';
import type { Clock } from '../utils/clock.ts';
import { formatTraceparent, parseTraceparent } from '../utils/traceparent.ts';
import { namingWhatIsMissing } from './not-found.ts';
import type { BrokerAccess } from './streams.ts';
import { timed, type TrafficListener } from './traffic.ts';
import type { Operation } from './translate-error.ts';
import { TRACEPARENT } from './user-headers.ts';

/** Reads stored messages as they are, whatever they are. Rejects with a GatewayError. */
export interface Consumer {
  poll(path: TopicPath, poll: Poll, signal: AbortSignal): Promise<Page>;
}

export interface ConsumerOptions extends BrokerAccess {
  clock: Clock;
  traffic: TrafficListener;
}

export function consumer({ client, askBroker, clock, traffic }: ConsumerOptions): Consumer {
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
      const page = await timed(
        clock,
        () =>
          askBroker(operation, () =>
            namingWhatIsMissing(client, target, { signal }, () => client.poll(request, { signal })),
          ),
        (end, polled) =>
          traffic.pollEnded({ ...end, stream, topic, messages: polled?.messages.length ?? 0 }),
      );
      return toPage(page);
    },
  };
}

function toPage({ partitionId, currentOffset, messages }: PollResult): Page {
  const readTrace = traceReader();
  return {
    partitionId,
    currentOffset,
    messages: messages.map(({ offset, id, timestampMicros, payload, userHeaders }) => ({
      offset,
      id,
      timestampMicros,
      payload,
      traceparent: readTrace(userHeaders),
    })),
  };
}

/** As `readTraceparent`: messages that were sent together have the same, and it costs half as much as all the rest. */
function traceReader(): (userHeaders: Buffer) => string | undefined {
  let last: { userHeaders: Buffer; traceparent: string | undefined } | undefined;
  return (userHeaders) => {
    if (!last?.userHeaders.equals(userHeaders)) {
      last = { userHeaders, traceparent: readTraceparent(userHeaders) };
    }
    return last.traceparent;
  };
}

/** Anybody may have stored anything under that name: what is no trace is not shown as one. */
function readTraceparent(userHeaders: Buffer): string | undefined {
  const context = parseTraceparent(findTextHeader(userHeaders, TRACEPARENT) ?? '');
  return context && formatTraceparent(context);
}
