import { getEventListeners } from 'node:events';

import type { Ledger, Shipment } from './ledger.ts';
import { logName, type Stored } from './stored.ts';

interface Spot {
  readonly log: string;
  readonly offset: number;
}

/** Where each message is stored: once, if all is well. */
type Spots = ReadonlyMap<string, readonly Spot[]>;

/** Holds what was said against what is stored, and adds what does not fit to the ledger's violations. */
export function checkLedger(ledger: Ledger, stored: Stored): void {
  const spots = locate(stored);
  checkCalls(ledger);
  for (const shipment of ledger.shipments) {
    checkCopies(ledger, shipment, spots);
    checkPlace(ledger, shipment, stored);
  }
  checkOrder(ledger, spots);
  checkPages(ledger, stored);
  checkCreations(ledger, stored);
}

function locate({ logs }: Stored): Spots {
  const spots = new Map<string, Spot[]>();
  for (const [log, keys] of logs) {
    for (const [offset, key] of keys.entries()) {
      const others = spots.get(key);
      if (others === undefined) spots.set(key, [{ log, offset }]);
      else others.push({ log, offset });
    }
  }
  return spots;
}

/** Every call ends by its deadline, to the millisecond, and leaves nothing behind on its signal. */
function checkCalls(ledger: Ledger): void {
  for (const { what, deadlineMs, settledMs, signal } of ledger.calls) {
    ledger.expect(settledMs !== undefined, () => `${what} never ended`);
    ledger.expect(
      (settledMs ?? 0) <= deadlineMs,
      () => `${what} ended at ${settledMs}, its deadline was ${deadlineMs}`,
    );
    const listeners = getEventListeners(signal, 'abort').length;
    ledger.expect(listeners === 0, () => `${what} left ${listeners} listeners`);
  }
}

/** Acknowledged: stored once. Unknown: at most once. Anything else: not stored, then or later. */
function checkCopies(ledger: Ledger, { keys, attempts }: Shipment, spots: Spots): void {
  const acknowledged = attempts.filter(({ outcome }) => outcome === 'ok').length;
  const unknown = attempts.filter(({ outcome }) => outcome === 'outcome-unknown').length;
  for (const key of keys) {
    const copies = spots.get(key)?.length ?? 0;
    const isTrue = copies >= acknowledged && copies <= acknowledged + unknown;
    const outcomes = attempts.map(({ outcome }) => outcome).join(', ');
    ledger.expect(isTrue, () => `${name(key)} (${outcomes}) is stored ${copies} times`);
  }
}

/** An acknowledged batch is where its sender was told, whole. */
function checkPlace(ledger: Ledger, { topic, keys, attempts }: Shipment, { logs }: Stored): void {
  for (const { outcome, partitionId = 0, baseOffset } of attempts) {
    if (outcome !== 'ok' || baseOffset === undefined) continue;
    const log = logs.get(logName(topic, partitionId)) ?? [];
    const base = Number(baseOffset);
    for (const [at, key] of keys.entries()) {
      const found = log[base + at];
      ledger.expect(
        found === key,
        () =>
          `${name(key)} was acknowledged at ${logName(topic, partitionId)} ${base + at}, ` +
          `where ${name(found)} is`,
      );
    }
  }
}

/** In a partition, what one sender got acknowledged is in the order in which it handed it over. */
function checkOrder(ledger: Ledger, spots: Spots): void {
  const last = new Map<string, { offset: number; key: string }>();
  for (const { sender, keys, attempts } of ledger.shipments) {
    if (attempts.at(-1)?.outcome !== 'ok') continue;
    for (const key of keys) {
      const [spot, copy] = spots.get(key) ?? [];
      // Sent again by its sender after an unknown outcome: which of the two counts is nobody's guess.
      if (spot === undefined || copy !== undefined) continue;
      const lane = `${sender} in ${spot.log}`;
      const before = last.get(lane);
      ledger.expect(
        before === undefined || before.offset < spot.offset,
        () => `${name(key)} of sender ${lane} is stored before ${name(before?.key)}`,
      );
      last.set(lane, { offset: spot.offset, key });
    }
  }
}

/** What polls have shown is what is stored, without gaps. */
function checkPages(ledger: Ledger, { logs }: Stored): void {
  for (const { topic, partitionId, currentOffset, messages } of ledger.pages) {
    const log = logs.get(logName(topic, partitionId)) ?? [];
    const place = logName(topic, partitionId);
    const [first] = messages;
    for (const [at, { offset, key }] of messages.entries()) {
      ledger.expect(
        offset === (first?.offset ?? 0n) + BigInt(at),
        () => `a poll of ${place} showed offset ${offset} after ${messages[at - 1]?.offset}`,
      );
      const found = log[Number(offset)];
      ledger.expect(
        found === key,
        () => `a poll showed ${name(key)} at ${place} ${offset}, where ${name(found)} is`,
      );
    }
    ledger.expect(
      currentOffset === 0n || currentOffset < BigInt(log.length),
      () => `a poll of ${place} was told of offset ${currentOffset}, and there are ${log.length}`,
    );
  }
}

function checkCreations(ledger: Ledger, { topics }: Stored): void {
  for (const { topic, partitionsCount, outcome } of ledger.creations) {
    if (outcome === 'outcome-unknown') continue;
    const expected = outcome === 'ok' ? partitionsCount : undefined;
    const found = topics.get(topic);
    ledger.expect(
      found === expected,
      () => `topic ${topic} (${outcome}) has ${found} partitions, not ${expected}`,
    );
  }
}

/** Short enough to read. */
function name(key: string | undefined): string {
  return key === undefined ? 'nothing' : key.replace(/\.+$/, '');
}
