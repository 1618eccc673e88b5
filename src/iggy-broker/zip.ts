import { crc32 } from 'node:zlib';

import { ByteWriter } from '../iggy-protocol/index.ts';

export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly content: Buffer;
}

const VERSION_NEEDED = 20;
/** No flags, not compressed, and the first day the format can tell: 1 January 1980. */
const PLAIN = Buffer.from([0, 0, 0, 0, 0, 0, 0x21, 0]);

/** A ZIP file of a few small entries, not compressed: archives say of each entry how it is kept. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files = new ByteWriter();
  const directory = new ByteWriter();
  let position = 0;
  for (const { name, content } of entries) {
    const described = describe(name, content);
    files.u32(0x0403_4b50).u16(VERSION_NEEDED).bytes(described);
    files.bytes(Buffer.from(name, 'ascii')).bytes(content);
    // Made by, needed by, the same description; no comment, disk 0, no attributes, where the file is.
    directory.u32(0x0201_4b50).u16(VERSION_NEEDED).u16(VERSION_NEEDED).bytes(described);
    directory.u16(0).u16(0).u16(0).u32(0).u32(position).bytes(Buffer.from(name, 'ascii'));
    position += LOCAL_HEADER_BYTES + name.length + content.length;
  }
  const listed = directory.finish();
  const end = new ByteWriter();
  end.u32(0x0605_4b50).u16(0).u16(0).u16(entries.length).u16(entries.length);
  end.u32(listed.length).u32(position).u16(0);
  return Buffer.concat([files.finish(), listed, end.finish()]);
}

const LOCAL_HEADER_BYTES = 30;

/** From the flags to the lengths of name and extra field: the same in both places. */
function describe(name: string, content: Buffer): Buffer {
  const out = new ByteWriter();
  out.bytes(PLAIN).u32(crc32(content)).u32(content.length).u32(content.length);
  out.u16(name.length).u16(0);
  return out.finish();
}
