/** What `run` throws; undefined if it returns. For tests that have more to say about it than its class. */
export function failureOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
