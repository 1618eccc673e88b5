import { readFileSync } from 'node:fs';

/** Decoded values as the golden vectors spell them: tests/vectors, snake_case, 64 bits as decimal strings. */
export type Fields = Record<string, unknown>;

export interface Vector {
  name: string;
  hex: string;
  fields: Fields;
}

/**
 * A file of golden vectors. The caller names its shape; a file that does not have it fails the test
 * that expects it, loudly.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- JSON has no type to infer
export function loadJson<Shape>(folder: string, file: string): Shape {
  const path = new URL(`../vectors/${folder}/${file}.json`, import.meta.url);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the files are our own
  return JSON.parse(readFileSync(path, 'utf8')) as Shape;
}

/** The entries of a file that is a list of them. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- JSON has no type to infer
export function loadVectors<Entry>(folder: string, file: string): Entry[] {
  return loadJson<Entry[]>(folder, file);
}

export function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** `byte[i] = (i * 131 + seed) mod 256`: how the vectors spell long payloads. */
export function patternBytes({ length, seed }: { length: number; seed: number }): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 131 + seed) % 256));
}

/** A payload of the vectors: its bytes, or the pattern they follow. */
export type PayloadField = { hex: string } | { length: number; seed: number };

export function payloadBytes(payload: PayloadField): Buffer {
  return 'hex' in payload ? fromHex(payload.hex) : patternBytes(payload);
}

/** A value of ours, spelled as the vectors spell it. */
export function toFields(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(toFields);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) =>
      field instanceof Uint8Array
        ? [`${key}Hex`, Buffer.from(field).toString('hex')]
        : [snakeCase(key), toFields(field)],
    ),
  );
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** For comparing with files that spell the same number now as text, now as a number. */
export function withTextNumbers(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(withTextNumbers);
  return isRecord(value) ? mapFields(value, withTextNumbers) : value;
}

function mapFields(fields: Fields, change: (field: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, change(field)]));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
