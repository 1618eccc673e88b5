import { randomUUID } from 'node:crypto';

import { expect, onTestFinished } from 'vitest';

import { post, sendBody, TOPIC } from './load.ts';
import { nextTurn, until } from './spawn-program.ts';

/** What a sender was told. `refused`: not stored. `cut`: nothing, the gateway hung up. */
type Outcome =
  | { kind: 'stored'; partition: number; offset: number | undefined }
  | { kind: 'refused' | 'outcome-unknown' | 'cut' };

interface Sent {
  readonly id: string;
  readonly sender: number;
  readonly outcome: Outcome;
}

/** Senders that go on whatever they are told, each with one request at a time and a new event in each. */
export class SteadyLoad {
  readonly sent: Sent[] = [];
  readonly #targets: () => readonly string[];
  readonly #senders: readonly Promise<void>[];
  #stopped = false;

  /** `targets`: the gateways that requests may go to now; they go to each in turn. */
  constructor(targets: () => readonly string[], senders: number) {
    this.#targets = targets;
    this.#senders = Array.from({ length: senders }, (_, sender) => this.#send(sender));
  }

  count(kind: Outcome['kind']): number {
    return this.sent.filter(({ outcome }) => outcome.kind === kind).length;
  }

  /** Of all answers, in words for people. */
  get summary(): string {
    const kinds = ['stored', 'refused', 'outcome-unknown', 'cut'] as const;
    const total = this.sent.length;
    const share = ((100 * this.count('outcome-unknown')) / total).toFixed(2);
    const counts = kinds.map((kind) => `${this.count(kind)} ${kind}`).join(', ');
    return `${total} sends: ${counts}; ${share} % outcome-unknown`;
  }

  /** Waits until so many more are stored; fails if a sender could not go on. */
  async untilStored(more: number): Promise<void> {
    const enough = this.count('stored') + more;
    await Promise.race([until(() => this.count('stored') >= enough), Promise.all(this.#senders)]);
  }

  /** Every sender has its last answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#senders);
  }

  async #send(sender: number): Promise<void> {
    for (let turn = sender; !this.#stopped; turn += 1) {
      const targets = this.#targets();
      const url = targets[turn % targets.length];
      if (url === undefined) {
        await nextTurn();
        continue;
      }
      const id = randomUUID();
      const outcome = await trySend(url, id, sender);
      this.sent.push({ id, sender, outcome });
      if (outcome.kind !== 'stored') await nextTurn();
    }
  }
}

async function trySend(url: string, id: string, sender: number): Promise<Outcome> {
  const answer = await post(`${url}${TOPIC}/messages`, sendBody(id, sender)).catch(() => undefined);
  return answer === undefined ? { kind: 'cut' } : outcomeOf(answer.status, answer.body as Answer);
}

interface Answer {
  readonly partition_id: number;
  readonly offset?: number;
  readonly error?: string;
}

function outcomeOf(status: number, { partition_id: partition, offset, error }: Answer): Outcome {
  if (status === 201) return { kind: 'stored', partition, offset };
  if (status === 504) {
    expect(error).toBe('outcome_unknown');
    return { kind: 'outcome-unknown' };
  }
  expect(status, error).toBe(503);
  return { kind: 'refused' };
}

/** Keeps asking gateways whether they are ready, as a load balancer does; ended when the test ends. */
export class Balancer {
  readonly #urls: readonly string[];
  readonly #ready = new Set<string>();
  #stopped = false;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
    const watching = Promise.all(urls.map((url) => this.#watch(url)));
    onTestFinished(async () => {
      this.#stopped = true;
      await watching;
    });
  }

  readonly targets = (): readonly string[] => this.#urls.filter((url) => this.#ready.has(url));

  async #watch(url: string): Promise<void> {
    while (!this.#stopped) {
      const answer = await fetch(`${url}/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) this.#ready.add(url);
      else this.#ready.delete(url);
      await nextTurn();
    }
  }
}

/**
 * What is stored is what the senders were told: the acknowledged events once, at the offsets that were
 * told and in the order each sender got its answers; the refused ones not; the others at most once; and
 * nothing else.
 */
export function expectTruth(stored: readonly string[][], sent: readonly Sent[]): void {
  const everything = stored.flat();
  expect(new Set(everything).size, 'nothing is there twice').toBe(everything.length);
  const outcomes = new Map(sent.map(({ id, outcome }) => [id, outcome.kind]));
  const wrong = everything.filter((id) => (outcomes.get(id) ?? 'refused') === 'refused');
  expect(wrong, 'refused, or never sent').toEqual([]);

  const places = stored.map((ids) => new Map(ids.map((id, offset) => [id, offset])));
  const lastOffsets = new Map<string, number>();
  for (const { id, sender, outcome } of sent) {
    if (outcome.kind !== 'stored') continue;
    const { partition } = outcome;
    const offset = places[partition]?.get(id);
    expect(offset, `acknowledged, and not in partition ${partition}`).toBeDefined();
    if (outcome.offset !== undefined) expect(offset).toBe(outcome.offset);
    const lane = `${sender} in ${partition}`;
    expect(offset).toBeGreaterThan(lastOffsets.get(lane) ?? -1);
    lastOffsets.set(lane, offset ?? -1);
  }
}
