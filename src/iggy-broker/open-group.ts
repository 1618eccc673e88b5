import type { ConsumerGroup } from './groups/consumer-group.ts';
import type { Outgoing } from './connection.ts';

/** A request that was executed since the last commit, with what it takes to execute it again. */
export interface Executed<Connection, Login> {
  readonly connection: Connection;
  readonly frame: Buffer;
  /** Who its session was logged in as before. */
  readonly login: Login | undefined;
  /** In which groups its client was before. */
  readonly groups: readonly ConsumerGroup[];
  /** Of the storage, before. */
  readonly commits: number;
  answer: Outgoing | undefined;
}

/** Everything between two commits: what was executed, and what is told once that is permanent. */
export class OpenGroup<Connection, Login> {
  #executed: Executed<Connection, Login>[] = [];
  #outgoing: Outgoing[] = [];
  /** Those whose waiting was ended by a failure: something may be there to commit for them. */
  readonly setFree: Connection[] = [];

  get isEmpty(): boolean {
    return this.#outgoing.length === 0;
  }

  begin(executed: Omit<Executed<Connection, Login>, 'answer'>): Executed<Connection, Login> {
    const entry = { ...executed, answer: undefined };
    this.#executed.push(entry);
    return entry;
  }

  /** It was begun last, and has come to nothing yet. */
  cancelLast(): void {
    this.#executed.pop();
  }

  add(outgoing: Outgoing): void {
    this.#outgoing.push(outgoing);
  }

  release(): Outgoing[] {
    const released = this.#outgoing;
    this.#outgoing = [];
    this.#executed = [];
    this.setFree.length = 0;
    return released;
  }

  /**
   * Takes back what is not permanent after so many commits, answers included, and returns it in its order.
   * The last one that was begun before the last commit has made it happen, for its own write to begin anew.
   */
  takeBack(commits: number): Executed<Connection, Login>[] {
    const lastBefore = this.#executed.findLastIndex((entry) => entry.commits < commits);
    const undone = this.#executed.slice(Math.max(lastBefore, 0));
    const answers = new Set(undone.map(({ answer }) => answer));
    this.#outgoing = this.#outgoing.filter((outgoing) => !answers.has(outgoing));
    this.#executed = [];
    return undone;
  }
}
