export interface Stoppable {
  stop(): Promise<void>;
}

/** Stops what `work` has put into `started`, the last first, whatever becomes of it. */
export async function stopping<Value>(
  started: readonly Stoppable[],
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } finally {
    for (const one of started.toReversed()) await one.stop().catch(() => {});
  }
}
