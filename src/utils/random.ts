/** Uniform in [0, 1). Randomness as an argument, so that a test can name what it expects. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
