/** A piece of a text, as byte offsets: `start` is in it, `end` is not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ScanOptions {
  /** How many containers may stand inside each other; the outermost counts as one. */
  depthMax: number;
  /** Names of the top-level members that are looked for. */
  names: readonly string[];
  /** The one of them whose elements are wanted, if its value is an array. */
  elementsOf?: string;
  /** Elements beyond this many are passed over. */
  elementsMax?: number;
}

export interface JsonSpans {
  /** Where each wanted member's value stands. Of several, the last: the one `JSON.parse` keeps. */
  readonly members: ReadonlyMap<string, Span>;
  /** Wanted names that stand there more than once. */
  readonly duplicates: readonly string[];
  /** Names nobody asked for; the first `UNKNOWN_NAMES_MAX` of them. */
  readonly unknown: readonly string[];
  readonly elements: readonly Span[];
}

export const UNKNOWN_NAMES_MAX = 100;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What `skipValue` returns in place of an offset. */
const TOO_DEEP = -1;

/**
 * Finds the exact bytes of a JSON object's members in one linear pass without recursion, so that a
 * value can be stored as it came (http-contract §2). `undefined`: nested deeper than allowed.
 *
 * This is no syntax check. Run it first, because it bounds the depth, then `JSON.parse` the text: the
 * spans mean something only if that accepts it. On malformed text it stops where, or after,
 * `JSON.parse` does.
 */
export function scanJson(text: Buffer, options: ScanOptions): JsonSpans | undefined {
  const start = skipSpace(text, 0);
  if (text[start] !== OPEN_OBJECT) {
    const tooDeep = skipValue(text, start, 0, options.depthMax) === TOO_DEEP;
    return tooDeep ? undefined : { members: new Map(), duplicates: [], unknown: [], elements: [] };
  }
  return options.depthMax < 1 ? undefined : scanMembers(text, start + 1, options);
}

/** Whether a text has more than `depthMax` containers inside each other. No syntax check either. */
export function isDeeperThan(text: Buffer, depthMax: number): boolean {
  return skipValue(text, skipSpace(text, 0), 0, depthMax) === TOO_DEEP;
}

function scanMembers(text: Buffer, start: number, options: ScanOptions): JsonSpans | undefined {
  const { names, elementsOf, depthMax } = options;
  const members = new Map<string, Span>();
  const duplicates = new Set<string>();
  const unknown: string[] = [];
  let elements: Span[] = [];

  let at = skipSpace(text, start);
  while (text[at] === QUOTE) {
    const nameEnd = skipString(text, at);
    const name = decodeName(text, at, nameEnd);
    const colon = skipSpace(text, nameEnd);
    if (name === undefined || text[colon] !== COLON) break;

    const valueStart = skipSpace(text, colon + 1);
    const wantsElements = name === elementsOf && text[valueStart] === OPEN_ARRAY;
    if (wantsElements) elements = [];
    const valueEnd = wantsElements
      ? scanElements(text, valueStart, options, elements)
      : skipValue(text, valueStart, 1, depthMax);
    if (valueEnd === TOO_DEEP) return undefined;

    if (names.includes(name)) {
      if (members.has(name)) duplicates.add(name);
      members.set(name, { start: valueStart, end: valueEnd });
    } else if (unknown.length < UNKNOWN_NAMES_MAX) {
      unknown.push(name);
    }

    const separator = skipSpace(text, valueEnd);
    if (text[separator] !== COMMA) break;
    at = skipSpace(text, separator + 1);
  }
  return { members, duplicates: [...duplicates], unknown, elements };
}

/** Adds the span of each element of the array at `start`, and returns where the array ends. */
function scanElements(text: Buffer, start: number, options: ScanOptions, into: Span[]): number {
  const { depthMax, elementsMax = Infinity } = options;
  if (depthMax < 2) return TOO_DEEP;
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== CLOSE_ARRAY) {
    const end = skipValue(text, at, 2, depthMax);
    if (end === TOO_DEEP) return TOO_DEEP;
    if (into.length < elementsMax) into.push({ start: at, end });
    const separator = skipSpace(text, end);
    if (text[separator] !== COMMA) return Math.min(separator + 1, text.length);
    at = skipSpace(text, separator + 1);
  }
  return Math.min(at + 1, text.length);
}

/** Where the value at `start` ends, which stands inside `depth` containers. */
function skipValue(text: Buffer, start: number, depth: number, depthMax: number): number {
  let open = 0;
  let at = start;
  do {
    const byte = text[at];
    if (byte === QUOTE) {
      at = skipString(text, at);
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      open += 1;
      if (depth + open > depthMax) return TOO_DEEP;
      at += 1;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      open -= 1;
      at += 1;
    } else {
      at = open > 0 ? at + 1 : skipScalar(text, at);
    }
  } while (open > 0 && at < text.length);
  return Math.min(at, text.length);
}

function skipScalar(text: Buffer, start: number): number {
  let at = start;
  while (at < text.length && !isSpace(text[at]) && !endsScalar(text[at])) at += 1;
  return at;
}

/** Where the string that opens at `start` ends, its closing quote included. */
function skipString(text: Buffer, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function skipSpace(text: Buffer, start: number): number {
  let at = start;
  while (isSpace(text[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** What can follow a scalar in JSON, besides space. */
function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
}

/** `"\u0065vent"` is `event`. `undefined` if the name is no JSON string; then the whole text is none. */
function decodeName(text: Buffer, start: number, end: number): string | undefined {
  try {
    const name: unknown = JSON.parse(text.toString('utf8', start, end));
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
