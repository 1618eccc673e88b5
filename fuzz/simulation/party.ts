import { createIggyClient, type IggyClient } from '../../src/iggy-client/index.ts';
import { ROOT } from '../../tests/support/broker-client.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { ClientPlan } from './plan.ts';
import type { Sabotage } from './sabotage.ts';
import { ClientClock, type World } from './world.ts';

interface PartyParts {
  readonly world: World;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly sabotage: Sabotage;
}

/** Both listen; that there are two only lets the client turn from one to the other. */
const ADDRESSES = [
  { host: 'broker', port: 8090 },
  { host: 'broker', port: 8091 },
] as const;
const STOP_DEADLINE_MS = 1_000;
const LOGOUT_DEADLINE_MS = 100;
/** For all logins of a pool, one after the other over a network that is well again. */
const LOGINS_MS = 300;

/** One client of the library, in this world, and what it promises as a whole. */
export class Party {
  readonly client: IggyClient;
  readonly number: number;
  readonly #plan: ClientPlan;
  readonly #parts: PartyParts;
  readonly #clock: ClientClock;
  #isCalm = false;
  #stopped = false;
  #circuitOpenings = 0;

  constructor(number: number, plan: ClientPlan, parts: PartyParts) {
    const { world, network, sabotage } = parts;
    const dice = world.dice.fork();
    this.number = number;
    this.#plan = plan;
    this.#parts = parts;
    this.#clock = new ClientClock(world, () =>
      this.#isCalm ? 0 : dice.between(0, plan.lateMaxMs),
    );
    const dial = network.dialFor(number);
    const randomBytes = (count: number): Uint8Array => dice.bytes(count);
    const { poolSize, backoffMaxMs, attemptsMax, waitingMax } = plan;
    const line = { entriesMax: waitingMax, bytesMax: 1_000_000 };
    this.client = createIggyClient({
      addresses: ADDRESSES,
      credentials: ROOT,
      software: { name: 'simulation', version: '1' },
      randomBytes: sabotage.randomBytes?.(randomBytes, plan.poolSize) ?? randomBytes,
      dial: sabotage.dial?.(dial) ?? dial,
      clock: this.#clock,
      random: () => dice.next(),
      poolSize,
      reconnect: { baseMs: 100, maxMs: backoffMaxMs, attemptsMax },
      breaker: { failureThreshold: plan.failuresMax, successThreshold: 2, openDurationMs: 800 },
      connectTimeoutMs: 400,
      loginDeadlineMs: 800,
      heartbeatIntervalMs: 500,
      pingDeadlineMs: 300,
      replyDeadlineMs: 600,
      metadataTtlMs: 1_000,
      stopDeadlineMs: STOP_DEADLINE_MS,
      logoutDeadlineMs: LOGOUT_DEADLINE_MS,
      limits: {
        frameBytesMax: 1_000_000,
        waiting: line,
        lanes: { ...line, perLaneMax: waitingMax },
        topicsMax: 100,
        partitionsMax: 100,
      },
      onEvent: (event) => {
        if (event.kind === 'circuit-opened') this.#circuitOpenings += 1;
        world.log(`client ${number}: ${JSON.stringify(event)}`);
      },
    });
  }

  get circuitOpenings(): number {
    return this.#circuitOpenings;
  }

  /** Closed, by us or by itself: nothing is expected of it any more. */
  get isClosed(): boolean {
    return this.#stopped || this.client.status().state === 'closed';
  }

  /** Within so long after the faults it must be ready again: one backoff, and the logins. */
  get recoveryMs(): number {
    return this.#plan.backoffMaxMs + this.#plan.lateMaxMs + LOGINS_MS;
  }

  start(): void {
    this.client.start();
    const { stopAtMs } = this.#plan;
    if (stopAtMs !== undefined) this.#parts.world.after(stopAtMs, () => void this.stop());
  }

  /** Its timers are in time from now on. */
  calm(): void {
    this.#isCalm = true;
  }

  checkReady(): void {
    if (this.isClosed) return;
    const { ledger, network } = this.#parts;
    const { state, lastFailure } = this.client.status();
    ledger.expect(
      state === 'ready',
      () => `client ${this.number} is ${state} after the faults: ${lastFailure}`,
    );
    const links = network.heldBy(this.number);
    ledger.expect(
      links === this.#plan.poolSize,
      () => `client ${this.number} has ${links} connections, not ${this.#plan.poolSize}`,
    );
  }

  /** In time, and nothing is left behind. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const { world, ledger } = this.#parts;
    world.log(`client ${this.number}: stop`);
    const lateMs = this.#isCalm ? 0 : 2 * this.#plan.lateMaxMs;
    const untilMs = world.nowMs + STOP_DEADLINE_MS + LOGOUT_DEADLINE_MS + lateMs;
    await this.client.stop();
    world.log(`client ${this.number}: stopped`);
    ledger.expect(
      world.nowMs <= untilMs,
      () => `client ${this.number} stopped at ${world.nowMs} and not by ${untilMs}`,
    );
    world.after(0, () => this.checkGone());
  }

  checkGone(): void {
    const { ledger, network } = this.#parts;
    const { pendingTimers } = this.#clock;
    ledger.expect(pendingTimers === 0, () => `client ${this.number} left ${pendingTimers} timers`);
    const links = network.heldBy(this.number);
    ledger.expect(links === 0, () => `client ${this.number} left ${links} links`);
  }
}
