import {
  Operation,
  type Request,
  readRecords,
  sendMessages,
  decodeBody,
} from '../../src/iggy-protocol/index.ts';
import type { Link } from './link.ts';
import { messageKey } from './message-key.ts';

interface Copy {
  readonly link: Link;
  /** Client id and number: the same for copies of one frame. */
  readonly number: string;
}

/** Over which links each batch was written, by the key of its first message. */
export class Trail {
  readonly #copies = new Map<string, Copy[]>();

  note(link: Link, { header, body }: Request): void {
    if (header.operation !== Operation.SendMessages) return;
    const [first] = readRecords(decodeBody(sendMessages.request, body).batch);
    if (first === undefined) return;
    const key = messageKey({ ...first, originTimestampMicros: first.originTimestamp });
    const copies = this.#copies.get(key) ?? [];
    copies.push({ link, number: `${header.client}/${header.request}` });
    this.#copies.set(key, copies);
  }

  /** Whoever sends it again begins anew. */
  forget(key: string): void {
    this.#copies.delete(key);
  }

  /** How an acknowledged batch got its acknowledgement; undefined: as its first answer. */
  recovery(key: string): 'read-back' | 'resend' | undefined {
    const copies = this.#copies.get(key) ?? [];
    const last = copies.at(-1);
    if (last === undefined) return undefined;
    // The link it went over is gone, and it was acknowledged all the same.
    if (!last.link.isHeld) return 'read-back';
    const first = copies.find(({ number }) => number === last.number);
    return first?.link === last.link ? undefined : 'resend';
  }
}
