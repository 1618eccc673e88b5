import { IggyError } from '../../src/iggy-client/errors.ts';
import type { CallOptions, IggyClient } from '../../src/iggy-client/port.ts';
import type { Timer } from '../../src/utils/clock.ts';
import { DeadlinePassed } from '../../src/utils/deadline-passed.ts';
import { Dice } from './dice.ts';
import type { CallRecord, Ledger, OutcomeKind } from './ledger.ts';
import type { CallerPlan } from './plan.ts';
import type { World } from './world.ts';

export type Settled<Value> =
  | { readonly outcome: 'ok'; readonly value: Value }
  | { readonly outcome: Exclude<OutcomeKind, 'ok'> };

const PATIENCE_MIN_MS = 20;

/** From where one caller calls its client, and where it is written down what it hears. */
export class Desk {
  readonly number: number;
  readonly plan: CallerPlan;
  readonly dice: Dice;
  readonly ledger: Ledger;
  readonly client: IggyClient;
  readonly #world: World;
  #isClosed = false;
  #round = 0;

  constructor(
    number: number,
    plan: CallerPlan,
    parts: { world: World; ledger: Ledger; client: IggyClient },
  ) {
    this.number = number;
    this.plan = plan;
    this.dice = new Dice(plan.seed);
    this.ledger = parts.ledger;
    this.client = parts.client;
    this.#world = parts.world;
  }

  /** Of the one that is under way; from 1. */
  get round(): number {
    return this.#round;
  }

  get nowMicros(): bigint {
    return this.#world.nowMicros;
  }

  log(line: string): void {
    this.#world.log(`caller ${this.number}: ${line}`);
  }

  /** As many as are planned, as long as the client is not closed. */
  nextRound(): boolean {
    this.#round += 1;
    return this.#round <= this.plan.rounds && !this.#isClosed;
  }

  pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(this.dice.between(0, this.plan.pauseMaxMs), resolve);
    });
  }

  /** Rejects for what must not happen only. The caller loses patience after a while. */
  async call<Value>(
    what: string,
    work: (client: IggyClient, call: CallOptions) => Promise<Value>,
    patienceMs = this.dice.between(PATIENCE_MIN_MS, this.plan.patienceMaxMs),
  ): Promise<Settled<Value>> {
    const controller = new AbortController();
    const { signal } = controller;
    const deadlineMs = this.#world.nowMs + patienceMs;
    const record: CallRecord = {
      what: `${what} by caller ${this.number}`,
      deadlineMs,
      signal,
      settledMs: undefined,
      outcome: undefined,
    };
    this.ledger.calls.push(record);
    // The service's own deadline, or a caller who has gone.
    const reason = this.dice.chance(0.5) ? new DeadlinePassed(patienceMs) : new Error('gone');
    const deadline = this.#world.after(patienceMs, () => controller.abort(reason));
    this.log(`${what}, within ${patienceMs} ms`);
    const settled = await settle(work(this.client, { signal }));
    this.#close(record, deadline, settled.outcome);
    return settled;
  }

  #close(record: CallRecord, deadline: Timer, outcome: OutcomeKind): void {
    deadline.cancel();
    this.#isClosed ||= outcome === 'closed';
    this.ledger.expect(record.settledMs === undefined, () => `${record.what} settled twice`);
    record.settledMs = this.#world.nowMs;
    record.outcome = outcome;
    this.log(`${record.what}: ${outcome}`);
  }
}

/** @throws whatever is no IggyError: nothing else may leave the library */
async function settle<Value>(answer: Promise<Value>): Promise<Settled<Value>> {
  try {
    return { outcome: 'ok', value: await answer };
  } catch (error) {
    if (error instanceof IggyError) return { outcome: error.kind };
    throw error;
  }
}
