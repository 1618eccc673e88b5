import type { Dial, RandomBytes } from '../../src/iggy-client/index.ts';
import type { Meddling } from './meddling.ts';

/**
 * Bugs put in from outside, where the program takes what the world gives it: to see that a simulation
 * finds them. Bugs inside of it are put in by replacing a module.
 */
export interface Sabotage {
  /** Between the network and the broker; one for each history. */
  readonly meddling?: () => Meddling;
  readonly dial?: (dial: Dial) => Dial;
  readonly randomBytes?: (randomBytes: RandomBytes, poolSize: number) => RandomBytes;
}
