import type { DiskSpace } from './disk-space.ts';
import type { Room } from './storage.ts';

/** Written since the disk was asked last; then it is asked again, not only by the clock. */
const ASK_EVERY_BYTES = 4 * 1024 * 1024;

/**
 * What storage may do to its disk. It may not grow while less than a reserve is left: so that what frees
 * space, and has to be written down too, still finds some. Nothing is expected of the disk after a write
 * has failed, until one works again.
 */
export class DiskRoom {
  readonly #disk: () => DiskSpace;
  readonly #reserveBytes: number;
  #unaskedBytes = 0;
  #low = false;
  #failed = false;

  constructor(disk: () => DiskSpace, reserveBytes: number) {
    this.#disk = disk;
    this.#reserveBytes = reserveBytes;
    this.ask();
  }

  get left(): Room {
    if (this.#failed) return 'none';
    return this.#low ? 'little' : 'enough';
  }

  take(bytes: number): void {
    this.#unaskedBytes += bytes;
    if (this.#unaskedBytes >= ASK_EVERY_BYTES) this.ask();
  }

  ask(): void {
    this.#unaskedBytes = 0;
    const { freeBytes, totalBytes } = this.#disk();
    const reserve = this.#reserveBytes;
    // Once low, twice as much is wanted: else it would change with every file somebody touches. But never
    // more than a small disk can come to have.
    const wanted = this.#low ? Math.min(2 * reserve, (reserve + totalBytes) / 2) : reserve;
    this.#low = freeBytes < wanted;
  }

  fail(): void {
    this.#failed = true;
  }

  recover(): void {
    this.#failed = false;
  }
}
