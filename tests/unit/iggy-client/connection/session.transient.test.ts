import { expect, test } from 'vitest';

import { Operation, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { ScriptedBroker } from '../../../support/scripted-broker.ts';
import { create, openSession, read, REPLY_DEADLINE_MS } from './open-session.ts';

const { TransientNotAccepted: NOT_ACCEPTED, TransientNotCommitted: NOT_COMMITTED } = STATUS;
const RESEND_MS = 50;

test('58 brings the identical frame again every 50 ms', async () => {
  const { session, broker, clock } = await openSession();
  broker.onRequest = (request) => request.deny(NOT_ACCEPTED);
  const outcome = session.request(create());
  await clock.advance(3 * RESEND_MS);
  broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
  await clock.advance(RESEND_MS);
  expect(await outcome).toMatchObject({ kind: 'answered' });
  expect(broker.requests).toHaveLength(5);
  expect(new Set(broker.requests.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
});

test('57 to a send brings it again only where the broker knows a copy for one', async () => {
  const edge = new ScriptedBroker();
  edge.serverVersion = '0.9.0-edge.5';
  const { session, broker, clock } = await openSession({ broker: edge });
  broker.onRequest = (request) => request.deny(NOT_COMMITTED);
  const send = { operation: Operation.SendMessages, code: 0, body: Buffer.alloc(0) };
  const outcome = session.request({ ...send, signal: new AbortController().signal });
  await clock.advance(10 * RESEND_MS);
  expect(await outcome).toMatchObject({ kind: 'in-doubt' });
  expect(broker.requests).toHaveLength(1);
});

test('the next request does not reuse the number of one that was resent', async () => {
  const { session, broker, clock } = await openSession();
  broker.onRequest = (request) => request.deny(NOT_ACCEPTED);
  const outcome = session.request(create());
  await clock.settle();
  broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
  await clock.advance(RESEND_MS);
  await outcome;
  await session.request(create());
  expect(broker.requests.map(({ header }) => header.request)).toEqual([1n, 1n, 2n]);
});

test('58, then an abort: nothing has happened, and the session is free at once', async () => {
  const { session, broker, clock } = await openSession();
  const caller = new AbortController();
  broker.onRequest = (request) => request.deny(NOT_ACCEPTED);
  const outcome = session.request(create('s', caller.signal));
  await clock.settle();
  caller.abort();
  expect(await outcome).toMatchObject({ kind: 'not-executed' });
  await clock.settle();
  expect(session.isIdle).toBe(true);
  await clock.advance(RESEND_MS);
  expect(broker.requests).toHaveLength(1);
});

test('58, then an abort while the frame is out again: in doubt', async () => {
  const { session, broker, clock } = await openSession();
  const caller = new AbortController();
  broker.onRequest = (request) => request.deny(NOT_ACCEPTED);
  const outcome = session.request(create('s', caller.signal));
  await clock.settle();
  broker.onRequest = () => {};
  await clock.advance(RESEND_MS);
  caller.abort();
  expect(await outcome).toMatchObject({ kind: 'in-doubt' });
});

test('58, then an abort at whatever moment the pause ends: not written again, or in doubt', async () => {
  for (let moment = 0; moment < 12; moment += 1) {
    const { session, broker, clock } = await openSession();
    const caller = new AbortController();
    broker.onRequest = (request) => request.deny(NOT_ACCEPTED);
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) =>
      after(delayMs, () => {
        run();
        if (delayMs === RESEND_MS) void abortAfter(moment, caller);
      });
    const outcome = session.request(create('s', caller.signal));
    await clock.settle();
    broker.onRequest = () => {};
    await clock.advance(RESEND_MS);
    const kind = broker.requests.length === 1 ? 'not-executed' : 'in-doubt';
    expect(await outcome, `at moment ${moment}`).toMatchObject({ kind });
  }
});

async function abortAfter(hops: number, controller: AbortController): Promise<void> {
  for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
  controller.abort();
}

test('57, then an abort: in doubt, whatever 58 says afterwards', async () => {
  for (const codes of [[NOT_COMMITTED], [NOT_COMMITTED, NOT_ACCEPTED]]) {
    const { session, broker, clock } = await openSession();
    const caller = new AbortController();
    const wanted = codes.length;
    broker.onRequest = (request) => request.deny(codes.shift() ?? NOT_ACCEPTED);
    const outcome = session.request(create('s', caller.signal));
    await clock.advance(RESEND_MS * (wanted - 1));
    expect(broker.requests).toHaveLength(wanted);
    caller.abort();
    expect(await outcome).toMatchObject({ kind: 'in-doubt' });
    await clock.settle();
    expect(session.isIdle).toBe(true);
  }
});

test('57, then a denial: in doubt, for it speaks of the copy; a result speaks of the request', async () => {
  for (const [deny, expected] of [
    [STATUS.Unauthorized, { kind: 'in-doubt' }],
    [STATUS.Unauthenticated, { kind: 'in-doubt' }],
    [undefined, { kind: 'refused', code: STATUS.StreamNameAlreadyExists }],
  ] as const) {
    const { session, broker, clock } = await openSession();
    broker.onRequest = (request) => request.deny(NOT_COMMITTED);
    const outcome = session.request(create());
    await clock.settle();
    broker.onRequest = (request) => {
      if (deny === undefined) request.reject(STATUS.StreamNameAlreadyExists);
      else request.deny(deny);
    };
    await clock.advance(RESEND_MS);
    expect(await outcome).toMatchObject(expected);
  }
});

test('57 to a read is not resent here, for the broker would take the copy for another one', async () => {
  const { session, broker, clock } = await openSession();
  broker.onRequest = (request) => request.deny(NOT_COMMITTED);
  const outcome = session.request(read());
  await clock.advance(RESEND_MS);
  expect(await outcome).toMatchObject({ kind: 'in-doubt' });
  expect(broker.requests).toHaveLength(1);
  expect(session.isIdle).toBe(true);
});

test('58, then the connection breaks: nothing has happened; after 57 nobody knows', async () => {
  for (const [code, kind] of [
    [NOT_ACCEPTED, 'not-executed'],
    [NOT_COMMITTED, 'in-doubt'],
  ] as const) {
    const { session, broker, clock } = await openSession();
    broker.onRequest = (request) => request.deny(code);
    const outcome = session.request(create());
    await clock.settle();
    broker.last.link.end();
    expect(await outcome).toMatchObject({ kind });
    expect(clock.pendingTimers).toBe(0);
  }
});

test('is not resent for ever: 58 is the answer in the end, 57 no answer at all', async () => {
  for (const [code, expected] of [
    [NOT_ACCEPTED, { kind: 'refused', code: NOT_ACCEPTED }],
    [NOT_COMMITTED, { kind: 'in-doubt' }],
  ] as const) {
    const { session, broker, clock } = await openSession();
    broker.onRequest = (request) => request.deny(code);
    const outcome = session.request(create());
    await clock.advance(REPLY_DEADLINE_MS + RESEND_MS);
    expect(await outcome).toMatchObject(expected);
    expect(session.isIdle).toBe(true);
  }
});
