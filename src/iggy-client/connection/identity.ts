import { Operation } from '../../iggy-protocol/index.ts';

/** `count` bytes nobody can guess, such as node:crypto's `randomBytes`. */
export type RandomBytes = (count: number) => Uint8Array;

const CLIENT_ID_BYTES = 16;

/**
 * Who a session slot is to the broker: a client id and the counter of its requests. Both survive
 * reconnects. The broker takes a number it has seen as a repetition, acknowledges it and writes
 * nothing (iggy-vsr-0.11 §2.9), so the counter never goes back while the id stays.
 */
export class Identity {
  /** Not zero. u128. */
  readonly clientId: bigint;
  #next = 1n;

  constructor(clientId: bigint) {
    this.clientId = clientId;
  }

  /**
   * The number for a request that is being written now, and the counter's move (iggy-vsr-0.11 §1.5).
   * A request that is resent keeps the number it has.
   */
  numberFor(operation: number): bigint {
    if (operation === Operation.Register) return 0n;
    if (operation === Operation.NonReplicated) return this.#next;
    const number = this.#next;
    this.#next += 1n;
    return number;
  }
}

export function mintIdentity(randomBytes: RandomBytes): Identity {
  const bytes = randomBytes(CLIENT_ID_BYTES);
  const clientId = bytes.reduce((id, byte) => (id << 8n) | BigInt(byte), 0n);
  // Zero is no client id: its frames are dropped without an answer (iggy-vsr-0.11 §1.2).
  return new Identity(clientId === 0n ? 1n : clientId);
}
