import type { Storage } from '../storage.ts';
import { ConsumerOffsets, GROUP_KIND } from './consumer-offsets.ts';

/** How far the groups have got in one partition: what their members committed, and what they were served. */
export class GroupProgress {
  /** By the group's id. */
  readonly offsets: ConsumerOffsets;
  /** Offset of the newest message served. Forgotten with the process; at most one for each group. */
  readonly #served = new Map<number, bigint>();

  constructor(storage: Storage, partitionKey: number, offsetsMax: number) {
    this.offsets = new ConsumerOffsets(storage, GROUP_KIND, partitionKey, offsetsMax);
  }

  noteServed(groupId: number, offset: bigint): void {
    const served = this.#served.get(groupId);
    if (served === undefined || offset > served) this.#served.set(groupId, offset);
  }

  /** Whether members were served messages that none of them has committed. */
  isInFlight(groupId: number): boolean {
    const served = this.#served.get(groupId);
    if (served === undefined) return false;
    const committed = this.offsets.get(groupId);
    return committed === undefined || committed < served;
  }

  /** Whoever was served is gone, and the messages are served again. */
  forgetServed(groupId: number): void {
    this.#served.delete(groupId);
  }

  /** The group is gone; storage knows that already. */
  forget(groupId: number): void {
    this.#served.delete(groupId);
    this.offsets.forget(groupId);
  }

  /** See `ConsumerOffsets`. */
  startAnew(partitionKey: number): void {
    this.#served.clear();
    this.offsets.startAnew(partitionKey);
  }
}
