import type { output, ZodObject } from 'zod';

import { GatewayError, type Issue } from '../errors.ts';
import { type JsonSpans, scanJson } from './json-span.ts';
import { badRequest, check, pointer, unknownMembers } from './parse.ts';

/** How many containers of a body may stand inside each other (http-contract §2). */
export const DEPTH_MAX = 64;

export interface JsonObject {
  /** The wanted members alone, as `JSON.parse` reads them. */
  members: UnknownObject;
  spans: JsonSpans;
  /** Members that have no place here, or stand here twice: nobody could say which one counts. */
  issues: readonly Issue[];
}

export interface WantedMembers {
  names: readonly string[];
  /** The one of them whose elements' spans are wanted, at most `elementsMax` of them. */
  elementsOf?: string;
  elementsMax?: number;
}

/** Reads a JSON object and keeps where its members stand. Throws if the bytes are no such thing. */
export function parseJsonObject(body: Buffer, wanted: WantedMembers): JsonObject {
  const spans = scanJson(body, { ...wanted, depthMax: DEPTH_MAX });
  if (!spans) {
    throw badRequest([{ path: '', message: `is nested deeper than ${DEPTH_MAX} levels` }]);
  }
  const value = parseJson(body);
  if (!isObject(value)) throw badRequest([{ path: '', message: 'must be an object' }]);
  const issues = [
    ...spans.duplicates.map((name) => ({ path: pointer([name]), message: 'is there twice' })),
    ...unknownMembers(spans.unknown, ''),
  ];
  return { members: pick(value, wanted.names), spans, issues };
}

/** The same for a body that the schema describes whole. Throws `bad_request` with every fault. */
export function parseJsonBody<Schema extends ZodObject>(
  schema: Schema,
  body: Buffer,
): output<Schema> {
  const { members, issues } = parseJsonObject(body, { names: Object.keys(schema.shape) });
  const checked = check(schema, members);
  if (checked.ok && issues.length === 0) return checked.value;
  throw badRequest(checked.ok ? issues : [...issues, ...checked.issues]);
}

// `ignoreBOM` means "keep it": JSON may not begin with one (RFC 8259 §8.1).
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw new GatewayError('malformed_json', 'The body is not UTF-8', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const details = cause instanceof Error ? cause.message.toWellFormed() : '';
    throw new GatewayError('malformed_json', 'The body is not valid JSON', { cause, details });
  }
}

export type UnknownObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(value: UnknownObject, names: readonly string[]): UnknownObject {
  const present = names.filter((name) => Object.hasOwn(value, name));
  return Object.fromEntries(present.map((name) => [name, value[name]]));
}
