import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { sleep, systemClock } from '../../src/utils/clock.ts';
import { ROOT } from '../support/broker-client.ts';
import { startFaultyLink } from '../support/faulty-link.ts';
import { KeepAliveClient } from '../support/keep-alive-client.ts';
import { prepareLoad, sendBody, TOPIC } from '../support/load.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/spawn-gateway.ts';
import { startTestBroker } from '../support/start-broker.ts';

const CONNECTIONS = 640;
const IN_FLIGHT_MAX = 64;
const STALL_MS = 60_000;
/** Of each event, so that what is kept of a request weighs something. */
const PAYLOAD_BYTES = 32 * 1024;
/** Of the whole process, at its highest; a load of any kind brings it to some 200 MiB. */
const RSS_BYTES_MAX = 400 * 1024 * 1024;
/** Of one refusal among hundreds at the same time, on a machine with other things to do. */
const REFUSAL_MS_MAX = 2000;
const RECOVERY_MS_MAX = 2000;

interface Refusal {
  readonly error: string;
  readonly retryAfter: string | undefined;
  readonly tookMs: number;
}

/** What needs no look at the broker. */
const AT_ONCE: ReadonlySet<string> = new Set(['overloaded', 'circuit_open']);

function body(sender: number): unknown {
  const { event, ...rest } = sendBody(randomUUID(), sender);
  const data = 'x'.repeat(PAYLOAD_BYTES);
  return { ...rest, event: { ...event, payload: { type: 'Generic', data } } };
}

/** Bytes of memory the process has had at most. */
function peakRss({ pid }: GatewayProcess): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** Sends again and again, as soon as a refusal allows it. */
class PatientSender {
  readonly refusals: Refusal[] = [];
  readonly statuses: number[] = [];
  readonly #client: KeepAliveClient;
  readonly #sender: number;

  constructor(url: string, sender: number) {
    this.#client = new KeepAliveClient(url);
    this.#sender = sender;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const retryAfterMs = await this.send();
      if (retryAfterMs > 0) await sleep(systemClock, retryAfterMs, signal).catch(() => undefined);
    }
  }

  /** For how long it was told to wait. */
  async send(): Promise<number> {
    const startMs = systemClock.monotonicMs();
    const answer = await this.#client.post(`${TOPIC}/messages`, body(this.#sender));
    const tookMs = systemClock.monotonicMs() - startMs;
    this.statuses.push(answer.status);
    if (answer.status !== 503) return 0;
    const { error } = answer.body as { error: string };
    this.refusals.push({ error, retryAfter: answer.retryAfter, tookMs });
    return Number(answer.retryAfter) * 1000;
  }
}

/** Until all of them at once are answered with 201. */
async function untilServed(senders: readonly PatientSender[]): Promise<void> {
  do {
    await Promise.all(senders.map((sender) => sender.send()));
  } while (senders.some(({ statuses }) => statuses.at(-1) !== 201));
}

test(`${CONNECTIONS} connections, ${IN_FLIGHT_MAX} requests at once and a broker that stalls for ${STALL_MS / 1000} s: memory is bounded, refusals come at once, and it is over within ${RECOVERY_MS_MAX / 1000} s`, async () => {
  const link = await startFaultyLink((await startTestBroker()).port);
  const gateway = await startGatewayProcess({
    env: {
      IGGY_CONNECTION_STRING: `iggy://${ROOT.username}:${ROOT.password}@127.0.0.1:${link.port}`,
      MAX_IN_FLIGHT_REQUESTS: String(IN_FLIGHT_MAX),
      // Else the next attempt to connect may be up to 30 s away when the stall ends.
      RECONNECT_MAX_DELAY_MS: '1000',
    },
  });
  await prepareLoad(gateway.url);
  const senders = Array.from(
    { length: CONNECTIONS },
    (_, sender) => new PatientSender(gateway.url, sender),
  );
  const few = senders.slice(0, IN_FLIGHT_MAX);
  await untilServed(few);
  const rssBefore = peakRss(gateway);

  link.faults.stall();
  const stall = new AbortController();
  const running = Promise.all(senders.map((sender) => sender.run(stall.signal)));
  await sleep(systemClock, STALL_MS);
  stall.abort();
  await link.heal();
  const healedMs = systemClock.monotonicMs();
  await untilServed(few);
  const recoveryMs = systemClock.monotonicMs() - healedMs;
  await running;

  const refusals = senders.flatMap((sender) => sender.refusals);
  const atOnce = refusals.filter(({ error }) => AT_ONCE.has(error));
  const slowestMs = Math.max(...atOnce.map(({ tookMs }) => tookMs));
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  console.log(
    [
      `RSS ${mib(rssBefore)} before, ${mib(peakRss(gateway))} at most`,
      `${atOnce.length} refusals at once, the slowest within ${Math.round(slowestMs)} ms`,
      `${refusals.length - atOnce.length} later ones`,
      `normal service ${Math.round(recoveryMs)} ms after the stall`,
    ].join('; '),
  );
  expect(atOnce.length).toBeGreaterThan(CONNECTIONS);
  expect(refusals.filter(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? ''))).toEqual([]);
  expect(slowestMs).toBeLessThan(REFUSAL_MS_MAX);
  expect(peakRss(gateway)).toBeLessThan(RSS_BYTES_MAX);
  expect(recoveryMs).toBeLessThan(RECOVERY_MS_MAX);
});
