import type { Dial, RandomBytes } from '../../src/iggy-client/index.ts';
import { decodeRequest, Operation } from '../../src/iggy-protocol/index.ts';

/** A late reply is kept: now and then the answer to one read is handed to the next one too. */
export function echoing(dial: Dial): Dial {
  return (address, listener) => {
    let answer: Buffer[] = [];
    let reads = 0;
    const duplex = dial(address, {
      ...listener,
      received: (chunk) => {
        answer.push(chunk);
        listener.received(chunk);
      },
    });
    return {
      write: (bytes) => {
        const { operation } = decodeRequest(bytes).header;
        if (operation === Operation.NonReplicated) reads += 1;
        const kept = reads % KEPT_EVERY === 0 ? answer : [];
        answer = [];
        duplex.write(bytes);
        queueMicrotask(() => {
          for (const chunk of kept) listener.received(chunk);
        });
      },
      destroy: () => duplex.destroy(),
    };
  };
}

const KEPT_EVERY = 5;

/** The counter restarts under an old id: what is minted beyond the pool's first ids was there before. */
export function recurring(randomBytes: RandomBytes, poolSize: number): RandomBytes {
  const minted: Uint8Array[] = [];
  return (count) => {
    const bytes = minted[minted.length - poolSize] ?? randomBytes(count);
    minted.push(bytes);
    return bytes;
  };
}
