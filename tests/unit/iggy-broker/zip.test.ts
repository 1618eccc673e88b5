import { crc32 } from 'node:zlib';

import { expect, test } from 'vitest';

import { zipOf } from '../../../src/iggy-broker/zip.ts';

/** As any reader does: the end tells where the directory is, the directory where the files are. */
function unzip(archive: Buffer): Record<string, string> {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x0605_4b50);
  const found: Record<string, string> = {};
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(archive.readUInt32LE(entry)).toBe(0x0201_4b50);
    const nameLength = archive.readUInt16LE(entry + 28);
    const file = archive.readUInt32LE(entry + 42);
    expect(archive.readUInt32LE(file)).toBe(0x0403_4b50);
    // Method, date, checksum, sizes and lengths stand in both places.
    expect(archive.subarray(file + 4, file + 30)).toEqual(archive.subarray(entry + 6, entry + 32));
    expect(archive.readUInt16LE(file + 8)).toBe(0);
    const name = archive.toString('latin1', file + 30, file + 30 + nameLength);
    expect(archive.toString('latin1', entry + 46, entry + 46 + nameLength)).toBe(name);
    const start = file + 30 + nameLength;
    const content = archive.subarray(start, start + archive.readUInt32LE(file + 18));
    expect(archive.readUInt32LE(file + 14)).toBe(crc32(content));
    found[name] = content.toString();
    entry += 46 + nameLength;
  }
  expect(entry).toBe(end);
  return found;
}

test('an archive gives back what was put in', () => {
  const entry = (name: string, text: string) => ({ name, content: Buffer.from(text) });
  expect(unzip(zipOf([entry('a.txt', 'one\n'), entry('empty', ''), entry('b', 'ünï')]))).toEqual({
    'a.txt': 'one\n',
    empty: '',
    b: 'ünï',
  });
  expect(unzip(zipOf([]))).toEqual({});
});
