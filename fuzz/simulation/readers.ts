import type { PollFrom, PollResult } from '../../src/iggy-client/port.ts';
import type { Desk, Settled } from './desk.ts';
import { messageKey } from './message-key.ts';
import { STREAM, TOPICS } from './topics.ts';

const COUNT_MAX = 5;
const OFFSET_MAX = 12;
const PROBE_PATIENCE_MS = 5_000;

/** Polls here and there, and checks that it is shown what it asked for. */
export async function read(desk: Desk): Promise<void> {
  const { dice, ledger } = desk;
  while (desk.nextRound()) {
    const place = choosePlace(desk);
    const offset = BigInt(dice.between(0, OFFSET_MAX));
    const settled = await poll(desk, place, { kind: 'offset', offset }, false);
    if (settled.outcome === 'ok') {
      const [first] = settled.value.messages;
      ledger.expect(
        first === undefined || first.offset === offset,
        () => `asked for offset ${offset}, caller ${desk.number} was shown ${first?.offset}`,
      );
    }
    await desk.pause();
  }
}

/** Polls what comes next and commits it in one: nothing may be skipped without a word. */
export async function consume(desk: Desk): Promise<void> {
  const { ledger } = desk;
  const place = choosePlace(desk);
  let expected = 0n;
  // Of messages that polls of unknown outcome may have committed, or may commit still.
  let mayBeSkipped = 0n;
  while (desk.nextRound()) {
    const settled = await poll(desk, place, { kind: 'next' }, true);
    if (settled.outcome === 'outcome-unknown') mayBeSkipped += BigInt(COUNT_MAX);
    if (settled.outcome === 'ok') {
      const { messages } = settled.value;
      const [first] = messages;
      const skipped = (first?.offset ?? expected) - expected;
      ledger.expect(
        skipped >= 0n && skipped <= mayBeSkipped,
        () => `consumer ${desk.number} expected offset ${expected} and was shown ${first?.offset}`,
      );
      mayBeSkipped -= skipped;
      expected = (messages.at(-1)?.offset ?? expected - 1n) + 1n;
    }
    await desk.pause();
  }
}

/** When all is well again, everything has to succeed. */
export async function probe(desk: Desk): Promise<void> {
  const place = { topic: TOPICS[0].name, partitionId: 0 };
  while (desk.nextRound()) {
    const { outcome } = await poll(desk, place, { kind: 'next' }, true, PROBE_PATIENCE_MS);
    desk.ledger.expect(outcome === 'ok', () => `after the faults a poll ended as ${outcome}`);
  }
  const { circuit } = desk.client.status();
  desk.ledger.expect(circuit === 'closed', () => `the circuit is ${circuit} after the faults`);
}

interface Place {
  readonly topic: string;
  readonly partitionId: number;
}

function choosePlace({ dice }: Desk): Place {
  const { name: topic, partitionsCount } = dice.pick(TOPICS);
  return { topic, partitionId: dice.between(0, partitionsCount - 1) };
}

async function poll(
  desk: Desk,
  { topic, partitionId }: Place,
  from: PollFrom,
  autoCommit: boolean,
  patienceMs?: number,
): Promise<Settled<PollResult>> {
  const { ledger, dice, number } = desk;
  const count = autoCommit ? COUNT_MAX : dice.between(1, COUNT_MAX);
  const target = { stream: STREAM, topic, partitionId, consumerId: number + 2 };
  const what = `poll of ${topic}/${partitionId} from ${from.kind === 'offset' ? from.offset : 'next'}`;
  const settled = await desk.call(
    what,
    (client, call) => client.poll({ ...target, from, count, autoCommit }, call),
    patienceMs,
  );
  if (settled.outcome !== 'ok') return settled;
  const { value } = settled;
  ledger.expect(value.partitionId === partitionId, () => `${what} got another partition's answer`);
  ledger.expect(value.messages.length <= count, () => `${what} got more than it asked for`);
  ledger.pages.push({
    topic,
    partitionId,
    currentOffset: value.currentOffset,
    messages: value.messages.map((message) => ({
      offset: message.offset,
      key: messageKey(message),
    })),
  });
  return settled;
}
