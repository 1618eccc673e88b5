import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

/**
 * Reads `count` items of at least `itemBytesMin` bytes each. The count is the peer's word: it is held
 * against the bytes that are there before anything is read or allocated for it.
 */
export function readCounted<Item>(
  input: ByteReader,
  count: number,
  itemBytesMin: number,
  read: (input: ByteReader) => Item,
): Item[] {
  if (count > input.remaining / itemBytesMin) {
    throw new WireError(`${count} items cannot be in ${input.remaining} bytes`);
  }
  const items: Item[] = [];
  for (let index = 0; index < count; index += 1) items.push(read(input));
  return items;
}

/** Reads items until nothing is left: how lists without a count are framed. */
export function readToEnd<Item>(input: ByteReader, read: (input: ByteReader) => Item): Item[] {
  const items: Item[] = [];
  while (input.remaining > 0) items.push(read(input));
  return items;
}

export function writeAll<Item>(
  out: ByteWriter,
  items: readonly Item[],
  write: (out: ByteWriter, item: Item) => void,
): void {
  for (const item of items) write(out, item);
}

/** For layouts that keep the count of a list in a field of its own, apart from the list. */
export function expectCount(declared: number, items: readonly unknown[]): void {
  if (declared === items.length) return;
  throw new WireError(`${items.length} items with a declared count of ${declared}`);
}
