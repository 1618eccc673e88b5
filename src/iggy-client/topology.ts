import type { Clock } from '../utils/clock.ts';
import type { IggyError } from './errors.ts';
import { LruMap } from './lru-map.ts';
import { untilAborted } from './until-aborted.ts';

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

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.#known = new LruMap(options.topicsMax);
  }

  /** Topics remembered right now. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Undefined if there is no such topic, which is not remembered. Callers resume in the order they
   * asked, so that sends of one key cannot overtake each other here.
   *
   * @throws IggyError
   */
  async partitionsCount(topic: TopicName, signal: AbortSignal): Promise<number | undefined> {
    const key = topicKey(topic);
    const known = this.#known.get(key);
    // While others still wait, who comes now waits with them: else it would resume before they do.
    const underWay = this.#lookUps.get(key);
    if (underWay === undefined && known !== undefined && this.#isFresh(known)) {
      return known.partitionsCount;
    }
    const lookUp = underWay ?? this.#lookUp(key, topic);
    lookUp.callers += 1;
    try {
      return await untilAborted(lookUp.result, signal, this.#options.tooLate);
    } finally {
      lookUp.callers -= 1;
      if (lookUp.callers === 0) this.#drop(key, lookUp);
    }
  }

  /** The broker said otherwise, or the topic was changed by us: ask again next time. */
  forget(topic: TopicName): void {
    this.#forgetKey(topicKey(topic));
  }

  forgetStream(stream: string): void {
    const keys = [...this.#known.keys(), ...this.#lookUps.keys()];
    for (const key of keys) {
      if (key.startsWith(streamPrefix(stream))) this.#forgetKey(key);
    }
  }

  #forgetKey(key: string): void {
    this.#known.delete(key);
    // A look-up under way may bring the old count: its callers get it, nobody else does.
    this.#lookUps.delete(key);
  }

  #isFresh({ untilMs }: Known): boolean {
    return this.#options.clock.monotonicMs() < untilMs;
  }

  #lookUp(key: string, topic: TopicName): LookUp {
    const controller = new AbortController();
    const asked = this.#options.lookUp(topic, controller.signal);
    const result = asked.then((partitionsCount) => {
      // Not if the topic was forgotten meanwhile.
      if (this.#lookUps.get(key) === lookUp) this.#remember(key, partitionsCount);
      return partitionsCount;
    });
    const lookUp: LookUp = { result, controller, callers: 0 };
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
