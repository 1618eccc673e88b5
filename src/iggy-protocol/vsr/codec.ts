import { ByteReader, ByteWriter } from '../bytes.ts';
import type { Codec } from './command.ts';

/** A request or reply that says nothing. */
export type Empty = Readonly<Record<string, never>>;
export const EMPTY: Empty = {};

/** Zero bytes. As with every codec, bytes behind what is expected are ignored unless its layout says otherwise. */
export const empty: Codec<Empty> = {
  write() {},
  read: () => EMPTY,
};

/** For reads that answer "there is none" with an empty body (iggy-vsr-0.11 §3). */
export function orNull<Value>(codec: Codec<Value>): Codec<Value | null> {
  return {
    write(out, value) {
      if (value !== null) codec.write(out, value);
    },
    read: (input) => (input.remaining === 0 ? null : codec.read(input)),
  };
}

/** One whole body. A value that does not fit its layout is a WireError. */
export function encodeBody<Value>(codec: Codec<Value>, value: Value): Buffer {
  const out = new ByteWriter();
  codec.write(out, value);
  return out.finish();
}

/** The value in one whole body; its bytes may be views of it. Throws WireError. */
export function decodeBody<Value>(codec: Codec<Value>, body: Buffer): Value {
  return codec.read(new ByteReader(body));
}
