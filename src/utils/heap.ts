import { setFlagsFromString } from 'node:v8';

/** What a thread may allocate before the first collection of its old objects, in MB. */
const OLD_SPACE_MB = 128;

/**
 * Fits the garbage collector to a program that answers many requests, each of them over in milliseconds. To be
 * called first of all: what is compiled before, and threads that were started before, stay as they are.
 *
 * - No pretenuring. Under load some of a request's objects outlive a collection of the young ones, because it
 *   comes in the middle of the request. V8 concludes that all such objects live long, and makes them old from the
 *   start. Dead there, they keep everything alive that they refer to, until the next collection of old objects:
 *   the collector copied every request there ever was (a quarter of the CPU time of sends; docs/performance.md).
 * - Room for old objects in threads. The broker's has a small heap and many short-lived buffers, which count as if
 *   they were old: every few megabytes of messages V8 looked through the whole heap.
 */
export function tuneHeap(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString(`--initial-old-space-size=${OLD_SPACE_MB}`);
}
