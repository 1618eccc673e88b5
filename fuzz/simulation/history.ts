import { commands, xxh3 } from '../../src/iggy-protocol/index.ts';
import { named } from '../../tests/support/broker-client.ts';
import { BrokerHost } from './broker-host.ts';
import { create, keepBooks, look } from './clerks.ts';
import { type Counts, noCounts } from './counts.ts';
import { Desk } from './desk.ts';
import { scheduleFaults } from './faults.ts';
import { checkLedger } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { Network } from './network.ts';
import { Party } from './party.ts';
import { type CallerKind, type CallerPlan, type Plan, planOf } from './plan.ts';
import { consume, probe, read } from './readers.ts';
import type { Sabotage } from './sabotage.ts';
import { burst, produce } from './senders.ts';
import { readStored } from './stored.ts';
import { STREAM, TOPICS } from './topics.ts';
import { World } from './world.ts';

export interface History {
  readonly seed: number;
  /** What must not have happened, in words; empty if all is well. */
  readonly violations: readonly string[];
  /** One line per event. */
  readonly trace: readonly string[];
  /** Of the trace: the same for the same seed, always. */
  readonly fingerprint: bigint;
  readonly counts: Counts;
}

const BEHAVIOURS: Readonly<Record<CallerKind, (desk: Desk) => Promise<void>>> = {
  producer: produce,
  burst,
  reader: read,
  consumer: consume,
  bookkeeper: keepBooks,
  looker: look,
  creator: create,
  prober: probe,
};

/** More than the longest row of calls that wait for their deadlines. */
const CALLERS_END_AFTER_MS = 600_000;
const STEP_MS = 500;

/** One history: faults, calm, and the end; then everything that was said is held against what is stored. */
export async function runHistory(seed: number, sabotage: Sabotage = {}): Promise<History> {
  const stage = new Stage(planOf(seed), sabotage);
  // Whatever the program throws at us is a finding too, wherever it comes out.
  const onThrown = (error: unknown): void => {
    stage.ledger.violations.push(`thrown: ${describe(error)}`);
  };
  process.on('unhandledRejection', onThrown);
  try {
    await stage.play();
  } catch (error) {
    onThrown(error);
  } finally {
    process.off('unhandledRejection', onThrown);
  }
  return stage.close();
}

class Stage {
  readonly world: World;
  readonly ledger = new Ledger();
  readonly #plan: Plan;
  readonly #host: BrokerHost;
  readonly #network: Network;
  readonly #parties: readonly Party[];
  #callersLeft = 0;

  constructor(plan: Plan, sabotage: Sabotage) {
    this.#plan = plan;
    const world = new World(plan.seed);
    const { ledger } = this;
    this.world = world;
    const { isPreRelease } = plan;
    const meddling = sabotage.meddling?.();
    this.#host = new BrokerHost({ world, isPreRelease, meddling });
    const network = new Network(world, ledger, (link) => this.#host.receive(link));
    this.#network = network;
    this.#parties = plan.clients.map(
      (client, number) => new Party(number, client, { world, network, ledger, sabotage }),
    );
  }

  async play(): Promise<void> {
    const { world } = this;
    const { calmAtMs, callers, faults } = this.#plan;
    this.#furnish();
    for (const party of this.#parties) party.start();
    scheduleFaults(faults, { world, network: this.#network, host: this.#host });
    for (const [number, caller] of callers.entries()) this.#call(number, caller);
    await world.runUntil(calmAtMs);
    await this.#recover();
    await this.#untilCallersEnd();
    for (const { number } of this.#parties) this.#probe(number);
    await this.#untilCallersEnd();
    for (const party of this.#parties) void party.stop();
    await world.runToEnd();
    for (const party of this.#parties) party.checkGone();
    checkLedger(this.ledger, readStored(this.#host));
  }

  close(): History {
    this.#host.close();
    const { seed } = this.#plan;
    const { trace } = this.world;
    const { violations } = this.ledger;
    const fingerprint = xxh3(Buffer.from(trace.join('\n')));
    return { seed, violations, trace, fingerprint, counts: this.#count() };
  }

  #furnish(): void {
    this.#host.operate(commands.createStream, { name: STREAM, options: [] });
    const topics = TOPICS.map(({ name, partitionsCount }) => ({
      stream: named(STREAM),
      name,
      partitionsCount,
      options: [],
    }));
    this.#host.operate(commands.createTopic, ...topics);
  }

  #call(number: number, plan: CallerPlan): void {
    const party = this.#parties[plan.client];
    if (party === undefined) throw new Error(`caller ${number} has no client`);
    const { world, ledger } = this;
    const desk = new Desk(number, plan, { world, ledger, client: party.client });
    this.#callersLeft += 1;
    world.after(plan.startMs, () => {
      const work = BEHAVIOURS[plan.kind](desk).catch((error: unknown) => {
        ledger.violations.push(`caller ${number} was thrown at: ${describe(error)}`);
      });
      void work.then(() => (this.#callersLeft -= 1));
    });
  }

  /** Who is there when the faults are over, to see that all is well again. */
  #probe(client: number): void {
    if (this.#parties[client]?.isClosed !== false) return;
    this.#call(this.#plan.callers.length + client, {
      kind: 'prober',
      client,
      startMs: 0,
      rounds: 3,
      pauseMaxMs: 0,
      patienceMaxMs: 5_000,
      twinChance: 0,
      seed: client,
    });
  }

  async #recover(): Promise<void> {
    const { world } = this;
    world.log('calm');
    for (const party of this.#parties) party.calm();
    this.#host.calm();
    this.#network.calm();
    const byMs = [...this.#parties]
      .map((party) => ({ party, atMs: world.nowMs + party.recoveryMs }))
      .toSorted((one, other) => one.atMs - other.atMs);
    for (const { party, atMs } of byMs) {
      await world.runUntil(atMs);
      party.checkReady();
    }
  }

  async #untilCallersEnd(): Promise<void> {
    const untilMs = this.world.nowMs + CALLERS_END_AFTER_MS;
    while (this.#callersLeft > 0 && this.world.nowMs < untilMs) {
      await this.world.runUntil(this.world.nowMs + STEP_MS);
    }
    this.ledger.expect(this.#callersLeft === 0, () => `${this.#callersLeft} callers never end`);
  }

  #count(): Counts {
    const counts = noCounts();
    for (const { outcome } of this.ledger.calls) if (outcome !== undefined) counts[outcome] += 1;
    for (const { recovery } of this.ledger.shipments.flatMap(({ attempts }) => attempts)) {
      if (recovery !== undefined) counts[`recovered by ${recovery}`] += 1;
    }
    for (const party of this.#parties) counts['circuit openings'] += party.circuitOpenings;
    const { cutsMidRequest, cutsMidReply, dialsRefused } = this.#network.counts;
    const { restarts, duplicates, wrongTurns } = this.#host.counts;
    return {
      ...counts,
      duplicates,
      'cuts in mid-request': cutsMidRequest,
      'cuts in mid-reply': cutsMidReply,
      'dials refused': dialsRefused,
      'broker restarts': restarts,
      'wrong turns': wrongTurns,
    };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
