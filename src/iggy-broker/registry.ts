import type { Identifier } from '../iggy-protocol/index.ts';
import { invariant } from '../utils/invariant.ts';

interface Entry {
  readonly id: number;
  name: string;
}

/** Things of one parent with a number and a name, each unique among them (iggy-vsr-0.11 §10). */
export class Registry<Item extends Entry> {
  readonly #byId = new Map<number, Item>();
  readonly #byName = new Map<string, Item>();
  /** Every id below is taken. */
  #lowestFree = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** The lowest free number: what was deleted last may have had it. */
  get nextId(): number {
    return this.#lowestFree;
  }

  /** A name that looks like a number is still a name. */
  find(identifier: Identifier): Item | undefined {
    return identifier.kind === 'numeric'
      ? this.#byId.get(identifier.value)
      : this.#byName.get(identifier.value);
  }

  hasName(name: string): boolean {
    return this.#byName.has(name);
  }

  add(item: Item): void {
    invariant(!this.#byId.has(item.id) && !this.hasName(item.name), 'id and name are not unique');
    this.#byId.set(item.id, item);
    this.#byName.set(item.name, item);
    while (this.#byId.has(this.#lowestFree)) this.#lowestFree += 1;
  }

  rename(item: Item, name: string): void {
    this.#byName.delete(item.name);
    item.name = name;
    this.#byName.set(name, item);
  }

  remove(item: Item): void {
    this.#byId.delete(item.id);
    this.#byName.delete(item.name);
    this.#lowestFree = Math.min(this.#lowestFree, item.id);
  }

  /** In order of their numbers, as all lists of the protocol are. */
  list(): Item[] {
    return [...this.#byId.values()].toSorted((one, other) => one.id - other.id);
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#byId.values();
  }
}
