import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { decodeServerFrame } from '../../src/iggy-protocol/index.ts';
import { must } from '../oracle.ts';
import { BrokerProcess } from './broker-process.ts';
import { Observer } from './observer.ts';
import { patient } from './patient.ts';
import { readBytes } from './reading.ts';
import { anyVisit, bytesOf, loginOf, piecesOf, sessionOf, type Visit } from './visit.ts';
import { openClient, Wire } from './wire.ts';

export interface AssaultOptions {
  readonly seed: number;
  readonly seconds: number;
}

/** What happened in it. */
interface Assault {
  visits: number;
  answers: number;
  /** Connections that the broker had to end, and did. */
  ended: number;
  /** Messages of the observer that were acknowledged. */
  observed: number;
  /** The most memory the process had while it warmed up, and at the end of it all. */
  warmBytes: number;
  finalBytes: number;
  /** What was found; `suspects` are the visits that were under way or had just ended. */
  failure?: string;
  suspects: Visit[];
}

const VISITORS = 6;
const SUSPECTS = 2 * VISITORS;
const BATCH = 100;
const OBSERVER_ID = 1n << 127n;
/** The observer sees to the furniture, and looks at the memory, every so many messages. */
const ROUND = 10;
/** So long it rests after each, lest all that grows is what it sends. */
const REST_MS = 10;
/** After this part of the time whatever has to grow has grown, if there was time enough. */
const WARM_UP = 0.5;
const WARM_UP_SECONDS_MIN = 90;
/** What caches and the garbage collector's mood may make of a difference. */
const GROWTH_BYTES_MAX = 48 * 1024 * 1024;

/**
 * Visits from a fixed number of visitors at once to the real program, beside an observer who expects
 * everything to be as if nobody else were there. At the end, all must be gone but what the observer was
 * promised, also after a restart.
 */
export async function runAssault(options: AssaultOptions): Promise<Assault> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-fuzz-'));
  const assault = { visits: 0, answers: 0, ended: 0, observed: 0, warmBytes: 0, finalBytes: 0 };
  const scene: Scene = { ...assault, suspects: [], directory, ...options };
  const broker = new BrokerProcess(directory);
  try {
    await invade(scene, broker);
  } catch (error) {
    scene.failure = `${String(error)}\n${broker.output}`;
  } finally {
    await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return scene;
}

type Scene = Assault & AssaultOptions & { readonly directory: string };

async function invade(scene: Scene, broker: BrokerProcess): Promise<void> {
  const port = await broker.port();
  const client = await openClient(port, OBSERVER_ID);
  const observer = new Observer(client);
  await observer.moveIn();

  const until = performance.now() + scene.seconds * 1000;
  const isOver = (): boolean => performance.now() >= until || scene.failure !== undefined;
  const visits = endless(scene.seed);
  const visitors = Array.from({ length: VISITORS }, async () => {
    while (!isOver()) await pay(scene, port, observer, visits.next().value);
  });
  const all = [...visitors, observe(scene, observer, isOver)];
  // One failure ends it for all of them.
  for (const one of all) one.catch((error: unknown) => (scene.failure ??= String(error)));
  await Promise.allSettled(all);
  if (scene.failure !== undefined) throw new Error(scene.failure);

  await patient('somebody who is gone is still there', untilAlone(observer));
  await observer.readAll();
  scene.observed = observer.sent;
  scene.finalBytes = await observer.memoryBytes();
  if (scene.seconds * WARM_UP >= WARM_UP_SECONDS_MIN) {
    const grownBytes = scene.finalBytes - scene.warmBytes;
    must(grownBytes <= GROWTH_BYTES_MAX, `it took ${grownBytes} bytes more and more`);
  }
  client.close();
  must((await broker.stop()) === 0, 'the broker did not end well');
  await lookAgain(scene, observer);
}

/** What was promised is there after a restart, too. */
async function lookAgain({ directory }: Scene, observer: Observer): Promise<void> {
  const broker = new BrokerProcess(directory);
  try {
    const client = await openClient(await broker.port(), OBSERVER_ID);
    await observer.readAllAs(client);
    client.close();
  } finally {
    await broker.stop();
  }
}

function* endless(seed: number): Generator<Visit, never> {
  for (let batch = 0; ; batch += 1) {
    yield* fc.sample(anyVisit, { seed: seed + batch, numRuns: BATCH });
  }
}

async function observe(scene: Scene, observer: Observer, isOver: () => boolean): Promise<void> {
  const warmUntil = performance.now() + scene.seconds * 1000 * WARM_UP;
  while (!isOver()) {
    await observer.send();
    await sleep(REST_MS);
    if (observer.sent % ROUND !== 0) continue;
    await observer.restore();
    if (performance.now() > warmUntil) continue;
    scene.warmBytes = Math.max(scene.warmBytes, await observer.memoryBytes());
  }
}

async function untilAlone(observer: Observer): Promise<void> {
  while (!(await observer.isAlone())) await sleep(20);
}

async function pay(
  scene: Scene,
  port: number,
  { reserved }: Observer,
  visit: Visit,
): Promise<void> {
  scene.suspects = [...scene.suspects.slice(1 - SUSPECTS), visit];
  const wire = await Wire.open(port);
  try {
    const login = loginOf(visit);
    const session = sessionOf(login && (await wire.answer(login)));
    const bytes = bytesOf(visit, session);
    const { answered, isEnded, isForbidden } = readBytes(bytes, reserved);
    if (isForbidden) return;

    scene.visits += 1;
    for (const piece of piecesOf(bytes, visit.pieceBytes)) wire.socket.write(piece);
    if (visit.isAbrupt) return;
    if (!isEnded) wire.socket.end();
    await wire.closed();
    const { length } = wire.answers;
    for (const answer of wire.answers) decodeServerFrame(answer);
    // Who is hung up on in mid-sentence may miss the last answers.
    must(
      isEnded ? length <= answered : length === answered,
      `${answered} frames, ${length} answers`,
    );
    scene.answers += length;
    scene.ended += isEnded ? 1 : 0;
  } finally {
    wire.socket.destroy();
  }
}
