import type { OutgoingMessage, Partitioning } from '../../src/iggy-client/port.ts';
import type { Desk } from './desk.ts';
import type { OutcomeKind, Shipment } from './ledger.ts';
import { messageKey } from './message-key.ts';
import { STREAM, TOPICS } from './topics.ts';

const MESSAGES_MAX = 3;
const PADDING_MAX = 200;
const ATTEMPTS_MAX = 3;
/** Several senders have it, and the time below, for messages of their own: an id alone tells nothing. */
const TWIN_ID = 7n;
const TWIN_TIMESTAMP_MICROS = 5n;

/** Sends one after the other to one place, and waits for each answer. */
export async function produce(desk: Desk): Promise<void> {
  const way = chooseWay(desk);
  while (desk.nextRound()) {
    const messages = makeMessages(desk, desk.round);
    const shipment = register(desk, way.topic, messages);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const outcome = await send(desk, way, messages, shipment);
      // Nothing was stored: the same again. Unknown: some try again all the same, with the same ids.
      const triesAgain = outcome !== 'outcome-unknown' || desk.dice.chance(0.3);
      if (isFinal(outcome) || !triesAgain) break;
      await desk.pause();
    }
    await desk.pause();
  }
}

function isFinal(outcome: OutcomeKind): boolean {
  return outcome === 'ok' || outcome === 'refused' || outcome === 'closed';
}

/** Sends everything at once, to one partition, several times. */
export async function burst(desk: Desk): Promise<void> {
  const topic = desk.dice.pick(TOPICS);
  const partitionId = desk.dice.between(0, topic.partitionsCount - 1);
  const way = { topic: topic.name, partitioning: { kind: 'partition', partitionId } } as const;
  for (let round = 0; round < 2; round += 1) {
    const sends = Array.from({ length: desk.plan.rounds }, (_, at) => {
      const messages = makeMessages(desk, round * desk.plan.rounds + at);
      return send(desk, way, messages, register(desk, way.topic, messages));
    });
    await Promise.all(sends);
    await desk.pause();
  }
}

interface Way {
  readonly topic: string;
  readonly partitioning: Partitioning;
}

function chooseWay({ dice, number }: Desk): Way {
  const topic = dice.pick(TOPICS);
  if (dice.chance(0.05)) return { topic: 'missing', partitioning: { kind: 'balanced' } };
  switch (dice.between(0, 2)) {
    case 0:
      return { topic: topic.name, partitioning: { kind: 'key', key: `key ${number}` } };
    case 1:
      return { topic: topic.name, partitioning: { kind: 'balanced' } };
    default: {
      const partitionId = dice.between(0, topic.partitionsCount - 1);
      return { topic: topic.name, partitioning: { kind: 'partition', partitionId } };
    }
  }
}

/** Each has a payload of its own; id and time may be those of another sender's. */
function makeMessages({ dice, number, nowMicros, plan }: Desk, round: number): OutgoingMessage[] {
  const isTwin = dice.chance(plan.twinChance);
  return Array.from({ length: dice.between(1, MESSAGES_MAX) }, (_, at) => ({
    id: isTwin ? TWIN_ID : BigInt((number + 1) * 1_000_000 + round * 1000 + at),
    originTimestampMicros: isTwin ? TWIN_TIMESTAMP_MICROS : nowMicros,
    payload: Buffer.from(`${number}.${round}.${at}`.padEnd(dice.between(0, PADDING_MAX), '.')),
  }));
}

function register(
  { number, ledger }: Desk,
  topic: string,
  messages: readonly OutgoingMessage[],
): Shipment {
  const shipment = { sender: number, topic, keys: messages.map(messageKey), attempts: [] };
  ledger.shipments.push(shipment);
  return shipment;
}

async function send(
  desk: Desk,
  { topic, partitioning }: Way,
  messages: readonly OutgoingMessage[],
  { attempts, keys: [key = ''] }: Shipment,
): Promise<OutcomeKind> {
  const [first] = messages;
  const what = `send of ${messages.length} to ${topic}, ${first?.payload.toString().slice(0, 9)}`;
  const { trail } = desk.ledger;
  trail.forget(key);
  const settled = await desk.call(what, (client, call) =>
    client.send({ stream: STREAM, topic, partitioning, messages }, call),
  );
  const { outcome } = settled;
  attempts.push(
    outcome === 'ok' ? { outcome, ...settled.value, recovery: trail.recovery(key) } : { outcome },
  );
  return outcome;
}
