export interface LineLimits {
  readonly entriesMax: number;
  /** Of all entries together, as their owner counts them. */
  readonly bytesMax: number;
}

interface Place<Entry> {
  readonly entry: Entry;
  readonly bytes: number;
}

/** First come, first served, with room for so many; whoever tires of waiting leaves from anywhere. */
export class WaitingLine<Entry> {
  readonly #limits: LineLimits;
  /** A set keeps the order of joining, and lets anybody leave in constant time. */
  readonly #places = new Set<Place<Entry>>();
  /** Where `#first` stands. Kept: a new one would step over all who have left, each time. */
  #front = this.#places.values();
  /** Known since somebody looked, until it leaves. */
  #first: Place<Entry> | undefined;
  #bytes = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#places.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how to leave (harmless once out of the line), or undefined if there is no room. */
  join(entry: Entry, bytes: number): (() => void) | undefined {
    const { entriesMax, bytesMax } = this.#limits;
    if (this.#places.size >= entriesMax || this.#bytes + bytes > bytesMax) return undefined;
    const place = { entry, bytes };
    this.#places.add(place);
    this.#bytes += bytes;
    return () => this.#remove(place);
  }

  /** The first entry, which stays where it is. */
  peek(): Entry | undefined {
    return this.#firstPlace()?.entry;
  }

  /** The first entry, which leaves the line. */
  shift(): Entry | undefined {
    const place = this.#firstPlace();
    if (place === undefined) return undefined;
    this.#remove(place);
    return place.entry;
  }

  #firstPlace(): Place<Entry> | undefined {
    this.#first ??= this.#front.next().value;
    // Nobody is left, and an iterator that has come to the end stays there, whoever joins later.
    if (this.#first === undefined) this.#front = this.#places.values();
    return this.#first;
  }

  #remove(place: Place<Entry>): void {
    if (!this.#places.delete(place)) return;
    this.#bytes -= place.bytes;
    if (this.#first === place) this.#first = undefined;
  }
}
