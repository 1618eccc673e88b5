/** When everything that has arrived by now is read: the event loop comes to it before it waits again. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
