/** Our own bug, never the caller's fault: the program's picture of itself is wrong. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** States what must be true for the code below it to make sense. For our own bugs, never for input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
