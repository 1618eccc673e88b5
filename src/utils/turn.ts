/** Calls `run` when everything that is ready in this turn of the event loop has been handled. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run);
}
