import { expect } from 'vitest';

import type { IggyClientOptions } from '../../../src/iggy-client/index.ts';
import type { OutgoingMessage } from '../../../src/iggy-client/port.ts';
import {
  commands,
  decodeBody,
  encodeBatch,
  Operation,
  stampBatch,
} from '../../../src/iggy-protocol/index.ts';
import type { ScriptedBroker, ScriptedRequest } from '../../support/scripted-broker.ts';
import { confirm, message, openClient, sendRequest } from './open-client.ts';

export const RECONNECT_MS = 1_000;
const patience = { signal: new AbortController().signal };

/** What the broker shows of the partition. */
export class Partition {
  readonly #id: number;
  messages: OutgoingMessage[] = [];
  readonly polls: { from: bigint; count: number }[] = [];

  constructor(id = 0) {
    this.#id = id;
  }

  /** Answers polls; anything else goes to `rest`. */
  serve(broker: ScriptedBroker, rest: (request: ScriptedRequest) => void): void {
    broker.onRequest = (request) => {
      if (request.is(commands.pollMessages)) this.answer(request);
      else rest(request);
    };
  }

  answer(request: ScriptedRequest): void {
    const { strategy, count, autoCommit } = decodeBody(commands.pollMessages.request, request.body);
    expect(autoCommit).toBe(false);
    this.polls.push({ from: strategy.value, count });
    const from = Number(strategy.value);
    const page = this.messages.slice(from, from + count);
    const records = page.map((stored, index) => record(stored, this.#id, from + index));
    request.accept(commands.pollMessages, {
      partition: this.#id,
      currentOffset: BigInt(Math.max(this.messages.length - 1, 0)),
      messagesCount: page.length,
      records: Buffer.concat(records),
    });
  }
}

function record(stored: OutgoingMessage, partitionId: number, offset: number): Buffer {
  const { id, payload, originTimestampMicros: originTimestamp } = stored;
  const batch = encodeBatch([{ id, payload, originTimestamp, userHeaders: Buffer.alloc(0) }]);
  return stampBatch(batch, { partitionId, baseOffset: BigInt(offset), baseTimestamp: 7n });
}

export function sends({ requests }: ScriptedBroker): ScriptedRequest[] {
  return requests.filter(({ header }) => header.operation === Operation.SendMessages);
}

export const ours = message('ours', 9n);
export const foreign = message('foreign', 8n);

/** A client whose send of `ours` is cut before its answer; `stored`, if the broker has it. */
export async function cutSend(
  stored: readonly OutgoingMessage[],
  options: Partial<IggyClientOptions> & { sent?: OutgoingMessage[]; signal?: AbortSignal } = {},
) {
  const { sent = [ours], signal = patience.signal, ...rest } = options;
  const opened = await openClient(rest);
  const { client, broker, clock } = opened;
  const partition = new Partition();
  partition.messages = [...stored];
  partition.serve(broker, (request) => {
    if (sends(broker).length === 1) request.link.end('cut');
    else confirm(request, 77n);
  });
  const result = client.send(sendRequest({ messages: sent }), { signal });
  result.catch(() => {});
  await clock.settle();
  return { ...opened, partition, result };
}
