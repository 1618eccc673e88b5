/** Calls `measure` for every item in every round, each round beginning with another item. */
export async function inRounds<Item>(
  items: readonly Item[],
  rounds: number,
  measure: (item: Item) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const item of rotate(items, round)) await measure(item);
  }
}

/** Every item is the first, and the last, equally often. */
export function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
