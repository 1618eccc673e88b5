import type { Desk } from './desk.ts';
import { STREAM, TOPICS } from './topics.ts';

const PARTITIONS_MAX = 3;

/** Stores, reads and forgets the offset of a consumer that nobody else is. */
export async function keepBooks(desk: Desk): Promise<void> {
  const { dice, ledger, number } = desk;
  const { name: topic } = dice.pick(TOPICS);
  const target = { stream: STREAM, topic, partitionId: 0, consumerId: 1_000 + number };
  let known: bigint | undefined;
  // What a write of unknown outcome may have stored, or may still store.
  const possible = new Set<bigint | undefined>();
  while (desk.nextRound()) {
    const offset = dice.chance(0.8) ? BigInt(dice.between(0, 5)) : undefined;
    const written = await desk.call(`offset ${offset}`, (client, call) =>
      offset === undefined
        ? client.deleteConsumerOffset(target, call)
        : client.storeConsumerOffset(target, offset, call),
    );
    if (written.outcome === 'ok') known = offset;
    if (written.outcome === 'outcome-unknown') possible.add(offset);
    await desk.pause();
    const read = await desk.call('read the offset', (client, call) =>
      client.getConsumerOffset(target, call),
    );
    if (read.outcome === 'ok') {
      const stored = read.value?.storedOffset;
      ledger.expect(
        stored === known || possible.has(stored),
        () => `bookkeeper ${number} has ${known}, and reads ${stored}`,
      );
      known = stored;
    }
    await desk.pause();
  }
}

/** Asks for this and that, and checks that the answer belongs to the question. */
export async function look(desk: Desk): Promise<void> {
  const { dice, ledger } = desk;
  while (desk.nextRound()) {
    const { name, partitionsCount } = dice.pick(TOPICS);
    switch (dice.between(0, 3)) {
      case 0: {
        const found = await desk.call(`look at ${name}`, (client, call) =>
          client.getTopic(STREAM, name, call),
        );
        if (found.outcome !== 'ok') break;
        const { value } = found;
        ledger.expect(
          value?.name === name && value.partitionsCount === partitionsCount,
          () => `asked for topic ${name}, caller ${desk.number} was shown ${value?.name}`,
        );
        break;
      }
      case 1: {
        const found = await desk.call('look at a missing topic', (client, call) =>
          client.getTopic(STREAM, 'missing', call),
        );
        const wrong = found.outcome === 'ok' && found.value !== undefined;
        ledger.expect(!wrong, () => `caller ${desk.number} was shown a topic that is missing`);
        break;
      }
      case 2: {
        const stats = await desk.call('count', (client, call) => client.getStats(call));
        const wrong = stats.outcome === 'ok' && stats.value.streamsCount !== 1;
        ledger.expect(!wrong, () => `caller ${desk.number} was told of several streams`);
        break;
      }
      default:
        await desk.call('ping', (client, call) => client.ping(call));
    }
    await desk.pause();
  }
}

/** Makes topics, each with a name of its own. */
export async function create(desk: Desk): Promise<void> {
  const { dice, ledger, number } = desk;
  while (desk.nextRound()) {
    const name = `made-${number}-${desk.round}`;
    const partitionsCount = dice.between(1, PARTITIONS_MAX);
    const made = await desk.call(`make ${name}`, (client, call) =>
      client.createTopic(STREAM, { name, partitionsCount, options: {} }, call),
    );
    ledger.creations.push({ topic: name, partitionsCount, outcome: made.outcome });
    if (made.outcome === 'ok') {
      ledger.expect(made.value.name === name, () => `${name} was made as ${made.value.name}`);
    }
    await desk.pause();
  }
}
