/** Something that happens at a moment, unless it is cancelled before. */
interface Entry {
  readonly dueMs: number;
  /** Decides between entries that are due at the same moment. */
  readonly tie: number;
  readonly run: () => void;
  cancelled: boolean;
}

export interface Agenda {
  push(entry: Entry): void;
  /** The next one due at `untilMs` or earlier. */
  popUntil(untilMs: number): Entry | undefined;
}

/** A binary heap. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  return {
    push(entry) {
      heap.push(entry);
      rise(heap, entry);
    },
    popUntil(untilMs) {
      const [first] = heap;
      if (first === undefined || first.dueMs > untilMs) return undefined;
      const last = heap.pop();
      if (last !== undefined && last !== first) sink(heap, last);
      return first;
    },
  };
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueMs === other.dueMs ? one.tie < other.tie : one.dueMs < other.dueMs;
}

function rise(heap: Entry[], entry: Entry): void {
  let at = heap.length - 1;
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function sink(heap: Entry[], entry: Entry): void {
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const takesRight = right !== undefined && left !== undefined && isBefore(right, left);
    const child = takesRight ? right : left;
    if (child === undefined || !isBefore(child, entry)) break;
    heap[at] = child;
    at = 2 * at + (takesRight ? 2 : 1);
  }
  heap[at] = entry;
}
