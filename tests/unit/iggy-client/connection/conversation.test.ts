import { expect, test } from 'vitest';

import {
  Conversation,
  type RequestFrame,
} from '../../../../src/iggy-client/connection/conversation.ts';
import { Identity } from '../../../../src/iggy-client/connection/identity.ts';
import { passingLoss } from '../../../../src/iggy-client/connection/loss.ts';
import type { Loss } from '../../../../src/iggy-client/connection/machine.ts';
import { encodeCommand, encodeFrame } from '../../../../src/iggy-client/connection/request.ts';
import { commands, EMPTY, EvictionReason, WireError } from '../../../../src/iggy-protocol/index.ts';
import { InvariantError } from '../../../../src/utils/invariant.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ScriptedBroker } from '../../../support/scripted-broker.ts';

const DEADLINE_MS = 1_000;
const FRAME_BYTES_MAX = 4_096;
const owner = passingLoss(new Error('the owner hung up'));

async function converse() {
  const broker = new ScriptedBroker();
  const clock = new FakeClock();
  const losses: Loss[] = [];
  let opened = 0;
  const conversation = new Conversation(
    {
      dial: broker.network.dial,
      address: { host: 'broker', port: 1 },
      clock,
      frameBytesMax: FRAME_BYTES_MAX,
    },
    {
      opened: () => {
        opened += 1;
      },
      ended: (loss) => losses.push(loss),
    },
  );
  await clock.settle();
  expect(opened).toBe(1);
  const identity = new Identity(5n);
  const [link] = broker.network.links;
  if (link === undefined) throw new Error('nobody dialed');
  return {
    broker,
    clock,
    conversation,
    losses,
    link,
    frame: (): RequestFrame => encodeFrame(encodeCommand(commands.getStreams, EMPTY), identity, 1n),
    create: (): RequestFrame =>
      encodeFrame(encodeCommand(commands.createStream, { name: 's', options: [] }), identity, 1n),
  };
}

test('the next frame is the reply', async () => {
  const { broker, clock, conversation, frame, losses } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  broker.last.accept(commands.getStreams, { streams: [] });
  expect(await answer).toMatchObject({ kind: 'reply', header: { status: 0 } });
  expect(clock.pendingTimers).toBe(0);
  expect(losses).toEqual([]);
});

test('a reply in single bytes is the same reply', async () => {
  const { broker, clock, conversation, frame, link } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  for (const byte of broker.last.reply(1009, 2, Buffer.alloc(0))) link.send(Buffer.of(byte));
  expect(await answer).toMatchObject({ kind: 'reply', header: { status: 1009 } });
});

test('an answer that does not come in time ends the conversation, for it would be the next one', async () => {
  const { clock, conversation, frame, losses, link } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.advance(DEADLINE_MS);
  expect(await answer).toMatchObject({ kind: 'ended', executed: true });
  expect(losses).toMatchObject([{ permanent: false, identitySpent: false }]);
  expect(link.isOpen).toBe(false);
  expect(conversation.over.aborted).toBe(true);
});

test('a frame nobody waits for ends the conversation', async () => {
  const { broker, clock, conversation, frame, losses, link } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  const reply = broker.last.reply(0, 2, Buffer.alloc(0));
  link.send(Buffer.concat([reply, reply]));
  expect(await answer).toMatchObject({ kind: 'reply' });
  expect(losses).toMatchObject([{ error: { name: 'WireError' } }]);
  expect(link.isOpen).toBe(false);
});

test('a reply stands, whatever garbage comes with it', async () => {
  const { broker, clock, conversation, create, losses, link } = await converse();
  const answer = conversation.exchange(create(), DEADLINE_MS);
  await clock.settle();
  link.send(Buffer.concat([broker.last.reply(0, 128, Buffer.alloc(4)), Buffer.alloc(300, 1)]));
  expect(await answer).toMatchObject({ kind: 'reply', header: { status: 0 } });
  expect(losses).toMatchObject([{ error: { name: 'WireError' } }]);
  expect(link.isOpen).toBe(false);
});

test.each(['frame', 'create'] as const)(
  'a reply to an earlier request is not taken for the one to this %s',
  async (kind) => {
    const setup = await converse();
    const { broker, clock, conversation, losses } = setup;
    const answer = conversation.exchange(setup.create(), DEADLINE_MS);
    await clock.settle();
    const first = broker.last;
    first.acceptPayload(Buffer.alloc(0));
    await answer;
    const next = conversation.exchange(setup[kind](), DEADLINE_MS);
    await clock.settle();
    first.acceptPayload(Buffer.alloc(0));
    expect(await next).toMatchObject({ kind: 'ended', executed: true });
    expect(losses).toMatchObject([{ error: { name: 'WireError' } }]);
  },
);

test.each([
  ['longer than the limit', (frame: Buffer) => void frame.writeUInt32LE(FRAME_BYTES_MAX + 1, 48)],
  ['shorter than a header', (frame: Buffer) => void frame.writeUInt32LE(255, 48)],
  ['of another kind than servers send', (frame: Buffer) => void frame.writeUInt8(5, 60)],
])('a frame that is %s ends the conversation', async (_, spoil) => {
  const { broker, clock, conversation, frame, losses, link } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  const reply = broker.last.reply(0, 2, Buffer.alloc(0));
  spoil(reply);
  link.send(reply);
  const outcome = await answer;
  expect(outcome).toMatchObject({ kind: 'ended', executed: true });
  expect(losses.map(({ error }) => error)).toEqual([expect.any(WireError)]);
  expect(link.isOpen).toBe(false);
});

test.each([
  [EvictionReason.NoSession, false],
  [EvictionReason.SessionTooLow, false],
  [EvictionReason.StaleClient, true],
])('eviction %d ends it; whether the request may have happened: %s', async (reason, executed) => {
  const { broker, clock, conversation, frame, losses } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  broker.last.evict(reason);
  expect(await answer).toMatchObject({ kind: 'ended', executed });
  expect(losses).toHaveLength(1);
});

test('a connection that breaks ends it once, with the reason', async () => {
  const { clock, conversation, frame, losses, link } = await converse();
  const answer = conversation.exchange(frame(), DEADLINE_MS);
  await clock.settle();
  link.end('cable cut', true);
  link.end('again');
  expect(await answer).toMatchObject({ kind: 'ended', executed: true });
  expect(losses).toMatchObject([{ error: { message: 'cable cut' }, permanent: true }]);
  expect(clock.pendingTimers).toBe(0);
});

test('what is written after the end has not been written', async () => {
  const { broker, clock, conversation, frame, losses } = await converse();
  conversation.end(owner);
  expect(await conversation.exchange(frame(), DEADLINE_MS)).toMatchObject({
    kind: 'ended',
    loss: owner,
    executed: false,
  });
  await clock.settle();
  expect(broker.requests).toEqual([]);
  expect(losses).toEqual([]);
});

test('two requests at once are our own bug', async () => {
  const { conversation, frame } = await converse();
  void conversation.exchange(frame(), DEADLINE_MS);
  expect(() => conversation.exchange(frame(), DEADLINE_MS)).toThrow(InvariantError);
});
