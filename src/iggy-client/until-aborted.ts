/**
 * `promise`, as long as somebody waits: rejects with `tooLate(signal)` when the signal fires first. The
 * promise itself goes on; what becomes of it then is of no interest here.
 */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
  tooLate: (signal: AbortSignal) => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(tooLate(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
