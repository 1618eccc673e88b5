import { expect, test } from 'vitest';

import { LaneHarness } from './lane-harness.ts';

/** A batch of these sends, each with its caller, out on its way. */
async function fly(payloads: readonly string[]) {
  const harness = new LaneHarness();
  const callers = payloads.map(() => new AbortController());
  harness.isHeld = true;
  const results = payloads.map((payload, index) =>
    harness.send(payload, { signal: callers[index]?.signal }),
  );
  await harness.release();
  expect(harness.payloads).toEqual([payloads]);
  return { harness, callers, results, settle: () => harness.clock.settle() };
}

test('a caller that gives up leaves alone, and is told that nobody knows', async () => {
  const { harness, callers, results } = await fly(['a', 'b', 'c']);
  callers[1]?.abort();
  await expect(results[1]).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(harness.last.attempt.signal.aborted).toBe(false);
  harness.last.stored(5n);
  expect(await results[0]).toMatchObject({ baseOffset: 5n });
  expect(await results[2]).toMatchObject({ baseOffset: 7n });
});

test('when the last caller has left, the attempt ends, and the next waits until it is out of the way', async () => {
  const { harness, callers, results, settle } = await fly(['a', 'b']);
  const flight = harness.last;
  const next = harness.send('c');
  for (const caller of callers) caller.abort();
  for (const result of results) {
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  }
  await settle();
  expect([flight.attempt.signal.aborted, harness.written.length]).toEqual([true, 1]);
  flight.stored(0n);
  await settle();
  harness.last.stored(2n);
  expect(await next).toMatchObject({ baseOffset: 2n });
});

test('one that gives up while the broker has taken nothing is told so, and the rest go without it', async () => {
  const { harness, callers, results, settle } = await fly(['a', 'b', 'c']);
  harness.last.attempt.progress.inDoubt = false;
  callers[0]?.abort();
  await expect(results[0]).rejects.toMatchObject({ kind: 'timeout' });
  expect(harness.last.attempt.progress.isRecalled).toBe(true);
  harness.last.end({ kind: 'not-executed', cause: 'recalled' });
  await settle();
  expect(harness.payloads.at(-1)).toEqual(['b', 'c']);
  harness.last.stored(0n);
  expect(await results[2]).toMatchObject({ baseOffset: 1n });
});

test('what was not executed goes again, with what has come since', async () => {
  const { harness, results, settle } = await fly(['a', 'b']);
  const later = harness.send('c');
  harness.last.end({ kind: 'not-executed', cause: 'cut' });
  await settle();
  expect(harness.payloads.at(-1)).toEqual(['a', 'b', 'c']);
  harness.last.stored(0n);
  expect(await Promise.all([...results, later])).toHaveLength(3);
});

test('what goes again leaves room for no more than a batch holds', async () => {
  const harness = new LaneHarness({ messagesMax: 2 });
  const results = ['a', 'b', 'c', 'd'].map((payload) => harness.send(payload));
  harness.last.stored(0n);
  await harness.clock.settle();
  harness.last.end({ kind: 'not-executed', cause: 'cut' });
  await harness.clock.settle();
  expect(harness.payloads).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
  harness.last.stored(1n);
  await harness.clock.settle();
  harness.last.stored(3n);
  await Promise.all(results);
});

test('while it waits for another try, nobody is in doubt', async () => {
  const { harness, callers, results, settle } = await fly(['a', 'b']);
  harness.isHeld = true;
  harness.last.end({ kind: 'not-executed', cause: 'cut' });
  await settle();
  callers[0]?.abort();
  await expect(results[0]).rejects.toMatchObject({ kind: 'timeout' });
  await harness.release();
  expect(harness.payloads.at(-1)).toEqual(['b']);
});

test('a refusal may be meant for one of them: each goes alone, in order', async () => {
  const { harness, results, settle } = await fly(['a', 'b', 'c']);
  harness.last.end({ kind: 'refused', code: 41 });
  await settle();
  for (const [index, outcome] of ['stored', 'refused', 'stored'].entries()) {
    expect(harness.payloads.at(-1)).toEqual([['a', 'b', 'c'][index]]);
    if (outcome === 'stored') harness.last.stored(BigInt(index));
    else harness.last.end({ kind: 'refused', code: 41 });
    await settle();
  }
  expect(await results[0]).toMatchObject({ baseOffset: 0n });
  await expect(results[1]).rejects.toMatchObject({ kind: 'refused', code: 41 });
  expect(await results[2]).toMatchObject({ baseOffset: 2n });
});

test('one that gives up while another goes alone never departs', async () => {
  const { harness, callers, results, settle } = await fly(['a', 'b']);
  harness.last.end({ kind: 'refused', code: 41 });
  await settle();
  callers[1]?.abort();
  await expect(results[1]).rejects.toMatchObject({ kind: 'timeout' });
  harness.last.stored(0n);
  await settle();
  expect(harness.payloads).toEqual([['a', 'b'], ['a']]);
  expect(harness.lanes.size).toBe(0);
});

test('one that cannot be written fails alone', async () => {
  const harness = new LaneHarness();
  harness.isHeld = true;
  harness.unwritable = 'b';
  const [first, second] = ['a', 'b'].map((payload) => harness.send(payload));
  await harness.release();
  harness.last.stored(0n);
  expect(await first).toMatchObject({ baseOffset: 0n });
  await expect(second).rejects.toMatchObject({ kind: 'refused', local: true });
});

test('one that cannot be written, and whose caller leaves at once, fails nobody behind it', async () => {
  const harness = new LaneHarness();
  harness.unwritable = 'a';
  const caller = new AbortController();
  const unwritable = harness.send('a', { signal: caller.signal });
  const next = harness.send('b');
  caller.abort();
  await expect(unwritable).rejects.toMatchObject({ name: 'IggyError' });
  await harness.clock.settle();
  harness.last.stored(0n);
  expect(await next).toMatchObject({ baseOffset: 0n });
});

test('a missing topic is missing for all', async () => {
  const { harness, results } = await fly(['a', 'b']);
  harness.last.end({ kind: 'refused', code: 20 });
  for (const result of results) await expect(result).rejects.toMatchObject({ code: 20 });
  expect(harness.written).toHaveLength(1);
});

test('what is lost is lost for all, and those behind it go on', async () => {
  const { harness, results, settle } = await fly(['a', 'b']);
  const next = harness.send('c');
  harness.last.end({ kind: 'in-doubt', cause: 'cut', released: Promise.resolve() });
  for (const result of results) {
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  }
  await settle();
  harness.last.stored(9n);
  expect(await next).toMatchObject({ baseOffset: 9n });
});

test('an answer that makes no sense leaves all in doubt', async () => {
  const { harness, results } = await fly(['a', 'b']);
  harness.last.end({ kind: 'answered', payload: Buffer.alloc(3) });
  for (const result of results) {
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  }
});

test('a batch that the broker knows already has no offsets to tell', async () => {
  const { harness, results } = await fly(['a', 'b']);
  harness.last.end({ kind: 'answered', payload: Buffer.alloc(4) });
  for (const result of results) expect(await result).toMatchObject({ baseOffset: undefined });
});
