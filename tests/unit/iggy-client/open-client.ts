import {
  createIggyClient,
  type ClientEvent,
  type IggyClientOptions,
} from '../../../src/iggy-client/index.ts';
import type { OutgoingMessage, SendRequest } from '../../../src/iggy-client/port.ts';
import {
  commands,
  decodeBody,
  type PolledMessage,
  readRecords,
  type TopicDetails,
} from '../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ScriptedBroker, type ScriptedRequest } from '../../support/scripted-broker.ts';

/** A client on a scripted broker; not started. */
export function createClient(overrides: Partial<IggyClientOptions> = {}) {
  const clock = new FakeClock();
  const broker = new ScriptedBroker();
  const events: ClientEvent[] = [];
  let minted = 0;
  const client = createIggyClient({
    addresses: [{ host: 'broker', port: 8090 }],
    credentials: { username: 'iggy', password: 'iggy' },
    software: { name: 'test', version: '1' },
    randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
    random: () => 0.5,
    clock,
    dial: broker.network.dial,
    onEvent: (event) => events.push(event),
    poolSize: 1,
    ...overrides,
  });
  return { client, clock, broker, events };
}

/** The same, logged in. */
export async function openClient(overrides: Partial<IggyClientOptions> = {}) {
  const opened = createClient(overrides);
  opened.client.start();
  await opened.clock.settle();
  return opened;
}

export function topicDetails(name: string, partitionsCount: number): TopicDetails {
  const zeros = { createdAt: 1n, sizeBytes: 0n, messagesCount: 0n };
  const partition = { ...zeros, segmentsCount: 1, currentOffset: 0n };
  return {
    topic: {
      ...zeros,
      id: 0,
      name,
      partitionsCount,
      messageExpiry: 0n,
      compressionAlgorithm: 1,
      maxTopicSize: 0n,
      explicitOptions: [],
      derivedOptions: [],
    },
    partitions: Array.from({ length: partitionsCount }, (_, id) => ({ ...partition, id })),
  };
}

export function message(payload: string, id = 1n): OutgoingMessage {
  return { id, originTimestampMicros: 5n, payload: Buffer.from(payload) };
}

export function sendRequest(overrides: Partial<SendRequest> = {}): SendRequest {
  return {
    stream: 's',
    topic: 't',
    partitioning: { kind: 'partition', partitionId: 0 },
    messages: [message('hello')],
    ...overrides,
  };
}

export function sentTo({ body }: ScriptedRequest): number {
  const { partitioning } = decodeBody(commands.sendMessages.request, body);
  if (partitioning.kind !== 'partition_id') throw new Error(`partitioned by ${partitioning.kind}`);
  return partitioning.value;
}

/** What a send carries, in order. */
export function messagesOf({ body }: ScriptedRequest): PolledMessage[] {
  return readRecords(decodeBody(commands.sendMessages.request, body).batch);
}

/** Answers a send as a broker that stored it. */
export function confirm(request: ScriptedRequest, baseOffset: bigint): void {
  const place = { streamId: 0, topicId: 0, partitionId: sentTo(request), baseOffset };
  request.accept(commands.sendMessages, { confirmations: [place] });
}
