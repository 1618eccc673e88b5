import { ByteReader, ByteWriter, WireError } from '../bytes.ts';
import { readToEnd } from './sequence.ts';
import { encodeText } from './text.ts';
import { readTypedBytes, writeTypedBytes } from './tlv.ts';

/** A setting of a topic, in wire order. Streams and users have none yet. */
export interface Option {
  /** 1..=255 bytes of UTF-8, once per block. */
  key: string;
  /** Of the value: see iggy-vsr-0.11 §5.4. */
  kind: number;
  /** 1..=255 bytes. */
  value: Buffer;
}

const KEY_KIND = 2;
export const OPTIONS_MAX = 1024;
export const OPTIONS_BYTES_MAX = 100_000;

/**
 * Options to the end of the body (`OPT` in iggy-vsr-0.11 §3), pairs of typed values:
 *
 *     key     typed bytes   kind 2, no key twice
 *     value   typed bytes
 */
export function writeOptions(out: ByteWriter, options: readonly Option[]): void {
  const start = out.length;
  for (const { key, kind, value } of options) {
    writeTypedBytes(out, { kind: KEY_KIND, value: encodeText(key) });
    writeTypedBytes(out, { kind, value });
  }
  checkOptions(options, out.length - start);
}

export function readOptions(input: ByteReader): Option[] {
  const blockBytes = input.remaining;
  if (blockBytes > OPTIONS_BYTES_MAX) throw new WireError(`options of ${blockBytes} bytes`);
  const options = readToEnd(input, readOption);
  checkOptions(options, blockBytes);
  return options;
}

function readOption(input: ByteReader): Option {
  const key = readTypedBytes(input);
  if (key.kind !== KEY_KIND) throw new WireError(`option key of kind ${key.kind}, not a string`);
  const { kind, value } = readTypedBytes(input);
  return { key: new ByteReader(key.value).utf8(key.value.length), kind, value };
}

function checkOptions(options: readonly Option[], blockBytes: number): void {
  if (options.length > OPTIONS_MAX || blockBytes > OPTIONS_BYTES_MAX) {
    throw new WireError(`${options.length} options in ${blockBytes} bytes are too many`);
  }
  if (new Set(options.map(({ key }) => key)).size < options.length) {
    throw new WireError('an option is given twice');
  }
}

/**
 * Options with more behind them (`TLV32` in iggy-vsr-0.11 §3):
 *
 *     length  u32      bytes
 *     block   options
 */
export function writeSizedOptions(out: ByteWriter, options: readonly Option[]): void {
  const block = new ByteWriter();
  writeOptions(block, options);
  out.u32(block.length).bytes(block.finish());
}

export function readSizedOptions(input: ByteReader): Option[] {
  return readOptions(new ByteReader(input.bytes(input.u32())));
}
