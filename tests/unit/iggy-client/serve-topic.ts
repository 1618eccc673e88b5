import { commands, Operation, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedBroker, ScriptedRequest } from '../../support/scripted-broker.ts';
import { confirm, messagesOf, sentTo, topicDetails } from './open-client.ts';

/** A broker with one topic; `partitionsCount` may change, and undefined means that there is none. */
export function serveTopic(
  broker: ScriptedBroker,
  topic: { partitionsCount: number | undefined },
): void {
  let offset = 0n;
  broker.onRequest = (request) => {
    if (request.is(commands.getTopic)) {
      const { partitionsCount } = topic;
      request.accept(
        commands.getTopic,
        partitionsCount === undefined ? null : topicDetails('t', partitionsCount),
      );
    } else if (sentTo(request) >= (topic.partitionsCount ?? 0)) {
      request.deny(STATUS.ResourceNotFound);
    } else {
      confirm(request, offset);
      offset += 1n;
    }
  };
}

export function sends({ requests }: ScriptedBroker): ScriptedRequest[] {
  return requests.filter(({ header }) => header.operation === Operation.SendMessages);
}

export function payloadsOf(request: ScriptedRequest): string[] {
  return messagesOf(request).map(({ payload }) => payload.toString());
}

export function lookUps({ requests }: ScriptedBroker): number {
  return requests.filter((request) => request.is(commands.getTopic)).length;
}
