import { expect, test } from 'vitest';

import { runAssault } from '../fuzz/broker/assault.ts';
import { CoreHost } from '../fuzz/broker/core-host.ts';
import { Observer } from '../fuzz/broker/observer.ts';
import { type CommandName, SPEAKERS } from '../fuzz/broker/requests.ts';
import { Dice } from '../fuzz/simulation/dice.ts';
import { decodeServerFrame, Operation, replyOutcome } from '../src/iggy-protocol/index.ts';
import { TestIdentity } from './support/broker-client.ts';

/** What no session of the fuzzer gets done, however valid: a single node has no routes, nobody guesses a token. */
const NEVER_DONE: readonly CommandName[] = [
  'attachConsumerSession',
  'flushUnsavedBuffer',
  'getConsumerOffsetRouting',
  'getPollRouting',
  'loginWithPat',
  'pollMessagesOnPrimary',
];
const ROUNDS = 400;
const STEPS = 40;

test('what the fuzzer damages is valid: undamaged, every command the broker has is done', async () => {
  // The type of SPEAKERS has no other keys.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const names = Object.keys(SPEAKERS) as CommandName[];
  const done = new Set<string>();
  const host = new CoreHost();
  const dice = new Dice(1);
  const observer = new Observer(host.client(1n << 127n));
  await observer.moveIn();
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (round % 4 === 0) await observer.restore();
    const link = host.connect();
    const identity = new TestIdentity(BigInt(round));
    host.receive(link, identity.login());
    identity.session = 1n;
    link.answers.length = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const name = dice.pick(names);
      const { command, body } = SPEAKERS[name];
      const header = command.operation === Operation.Register ? { session: 0n } : {};
      host.receive(link, identity.rawFrame(command, body(dice.fork()), header));
      const [answer] = link.answers.splice(0);
      const reply = decodeServerFrame(answer ?? Buffer.alloc(0));
      if (reply.kind === 'reply' && replyOutcome(reply.header, reply.body).ok) done.add(name);
    }
    host.hangUp(link);
  }
  host.stop();
  expect(names.filter((name) => !done.has(name)).toSorted()).toEqual(NEVER_DONE);
});

test('the real program, for a moment: nothing is found, and everything happens', async () => {
  const { failure, suspects, ...counts } = await runAssault({ seed: 1, seconds: 2 });
  expect(failure, JSON.stringify(suspects)).toBeUndefined();
  expect(counts.visits).toBeGreaterThan(20);
  expect(counts.ended).toBeGreaterThan(0);
  expect(counts.observed).toBeGreaterThan(0);
});
