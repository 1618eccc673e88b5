import type { ByteReader, ByteWriter } from '../bytes.ts';

/** Two functions that mirror each other: what one writes the other reads. Reading garbage throws WireError. */
export interface Codec<Value> {
  write(out: ByteWriter, value: Value): void;
  read(input: ByteReader): Value;
}

/**
 * One command of the protocol, for both sides of the wire: how it travels, and the codecs of its
 * request body and of its reply's typed payload (after the result section, where the reply has one).
 */
export interface Command<Request, Response> {
  /** As in the spec's tables, snake_case: `create_stream`. For logs, metrics and tests. */
  readonly name: string;
  /** Command code; on the wire only if `operation` is NonReplicated. */
  readonly code: number;
  /** The header's operation byte (iggy-vsr-0.11 §1.4). */
  readonly operation: number;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}
