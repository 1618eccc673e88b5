import type { Clock, Timer } from '../utils/clock.ts';
import type { Room } from './storage.ts';

/** Between two slices, so that clients hardly notice that something large is being removed. */
const SLICE_PAUSE_MS = 10;
/** How often to look whether there is something to remove. */
const LOOK_EVERY_MS = 1000;

interface Sweepable {
  readonly hasPending: boolean;
  readonly room: Room;
  sweep(): boolean;
}

/**
 * Removes what was deleted or purged little by little, whenever no commit group is open, and tells when
 * storage takes more or less than before.
 */
export class Sweeper {
  readonly #core: Sweepable;
  readonly #clock: Clock;
  readonly #onRoom: (room: Room) => void;
  #room: Room = 'enough';
  #timer: Timer;

  constructor(core: Sweepable, clock: Clock, onRoom: (room: Room) => void) {
    this.#onRoom = onRoom;
    this.#core = core;
    this.#clock = clock;
    this.#timer = this.#after(LOOK_EVERY_MS);
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** Sweeping is what ends a shortage: so none is missed that is told of before and after it. */
  #tellRoom(): void {
    const { room } = this.#core;
    if (room === this.#room) return;
    this.#room = room;
    this.#onRoom(room);
  }

  #after(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      this.#tellRoom();
      const goOn = this.#core.hasPending || this.#core.sweep();
      this.#tellRoom();
      this.#timer = this.#after(goOn ? SLICE_PAUSE_MS : LOOK_EVERY_MS);
    });
  }
}
