import type { Clock } from '../utils/clock.ts';
import { IggyError } from './errors.ts';
import type { Load } from './lanes.ts';
import { LruMap } from './lru-map.ts';
import { untilAborted } from './until-aborted.ts';
import { type LineLimits, WaitingLine } from './waiting-line.ts';

export interface TopicName {
  readonly stream: string;
  readonly topic: string;
}

/** One string per topic. Names may hold any character, so the first one's length goes in front. */
export function topicKey({ stream, topic }: TopicName): string {
  return `${streamPrefix(stream)}${topic}`;
}

function streamPrefix(stream: string): string {
  return `${stream.length}:${stream}`;
}

export interface TopologyOptions {
  readonly clock: Clock;
  /** How long a count is believed. */
  readonly ttlMs: number;
  /** Topics remembered. */
  readonly topicsMax: number;
  /** Of callers that wait for an answer, all topics together. */
  readonly waiting: LineLimits;
  /** Asks the broker; undefined if there is no such topic. */
  readonly lookUp: (topic: TopicName, signal: AbortSignal) => Promise<number | undefined>;
  /** The error for a caller whose patience ends before the broker has answered. */
  readonly tooLate: (signal: AbortSignal) => IggyError;
}

interface Known {
  readonly partitionsCount: number;
  readonly untilMs: number;
}

interface LookUp {
  /** The count that the broker did not bear out, where that is why it is asked. */
  readonly doubted: number | undefined;
  readonly result: Promise<number | undefined>;
  readonly controller: AbortController;
  /** Callers that wait for the result, or have it and did not resume yet. */
  callers: number;
}

/** How many partitions each topic has, asked once for all who want to know at the same time. */
export class Topology {
  readonly #options: TopologyOptions;
  readonly #known: LruMap<string, Known>;
  readonly #lookUps = new Map<string, LookUp>();
  readonly #waiting: WaitingLine<undefined>;

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.#known = new LruMap(options.topicsMax);
    this.#waiting = new WaitingLine(options.waiting);
  }

  /** Topics remembered right now. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Undefined if there is no such topic, which is not remembered. Callers resume in the order they
   * asked, so that sends of one key cannot overtake each other here.
   *
   * @param doubted A count that was told here and that the broker did not bear out: to be asked again.
   * @throws IggyError
   */
  async partitionsCount(
    topic: TopicName,
    { bytes, signal }: Load,
    doubted?: number,
  ): Promise<number | undefined> {
    const key = topicKey(topic);
    if (doubted !== undefined) this.#doubt(key, doubted);
    const known = this.#known.get(key);
    // While others still wait, who comes now waits with them: else it would resume before they do.
    const underWay = this.#lookUps.get(key);
    if (underWay === undefined && known !== undefined && this.#isFresh(known)) {
      return known.partitionsCount;
    }
    const leaveLine = this.#waiting.join(undefined, bytes);
    if (leaveLine === undefined) {
      throw new IggyError('overloaded', 'too many sends wait to learn their partition');
    }
    const lookUp = underWay ?? this.#lookUp(key, topic, doubted);
    lookUp.callers += 1;
    try {
      return await untilAborted(lookUp.result, signal, this.#options.tooLate);
    } finally {
      leaveLine();
      lookUp.callers -= 1;
      if (lookUp.callers === 0) this.#drop(key, lookUp);
    }
  }

  /** The topic was changed by us: ask again next time. */
  forget(topic: TopicName): void {
    this.#forgetKey(topicKey(topic));
  }

  forgetStream(stream: string): void {
    const keys = [...this.#known.keys(), ...this.#lookUps.keys()];
    for (const key of keys) {
      if (key.startsWith(streamPrefix(stream))) this.#forgetKey(key);
    }
  }

  /** A look-up for the same doubt goes on: who waits for it came first, and would be overtaken. */
  #doubt(key: string, doubted: number): void {
    if (this.#known.get(key)?.partitionsCount === doubted) this.#known.delete(key);
    if (this.#lookUps.get(key)?.doubted !== doubted) this.#lookUps.delete(key);
  }

  #forgetKey(key: string): void {
    this.#known.delete(key);
    // A look-up under way may bring the old count: its callers get it, nobody else does.
    this.#lookUps.delete(key);
  }

  #isFresh({ untilMs }: Known): boolean {
    return this.#options.clock.monotonicMs() < untilMs;
  }

  #lookUp(key: string, topic: TopicName, doubted: number | undefined): LookUp {
    const controller = new AbortController();
    const asked = this.#options.lookUp(topic, controller.signal);
    const result = asked.then((partitionsCount) => {
      // Not if the topic was forgotten meanwhile.
      if (this.#lookUps.get(key) === lookUp) this.#remember(key, partitionsCount);
      return partitionsCount;
    });
    const lookUp: LookUp = { doubted, result, controller, callers: 0 };
    this.#lookUps.set(key, lookUp);
    return lookUp;
  }

  #remember(key: string, partitionsCount: number | undefined): void {
    if (partitionsCount === undefined) return;
    const untilMs = this.#options.clock.monotonicMs() + this.#options.ttlMs;
    this.#known.set(key, { partitionsCount, untilMs });
  }

  #drop(key: string, lookUp: LookUp): void {
    lookUp.controller.abort(new Error('nobody waits for the answer any more'));
    if (this.#lookUps.get(key) === lookUp) this.#lookUps.delete(key);
  }
}
