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
export function scanJson(bytes: Buffer, options: ScanOptions): JsonSpans | undefined {
  // One character for each byte, so that a place in the one is a place in the other: a string is searched
  // much faster. What JSON is made of is ASCII, and no byte of a wider character looks like it.
  const text = bytes.toString('latin1');
  const start = skipSpace(text, 0);
  if (text.charCodeAt(start) !== OPEN_OBJECT) {
    const tooDeep = skipValue(text, start, 0, options.depthMax) === TOO_DEEP;
    return tooDeep ? undefined : { members: new Map(), duplicates: [], unknown: [], elements: [] };
  }
  return options.depthMax < 1 ? undefined : scanMembers(bytes, text, start + 1, options);
}

/**
 * Whether a text has more than `depthMax` containers inside each other. No syntax check either. Takes it as
 * characters, or as one for each byte.
 */
export function isDeeperThan(text: string, depthMax: number): boolean {
  // So few cannot stand that deep, and to look for them alone costs a quarter of the walk.
  if (countUpTo(text, '{', depthMax) + countUpTo(text, '[', depthMax) <= depthMax) return false;
  return skipValue(text, skipSpace(text, 0), 0, depthMax) === TOO_DEEP;
}

/** How often `mark` is there; beyond `max` it is not counted any further. */
function countUpTo(text: string, mark: string, max: number): number {
  let count = 0;
  let at = text.indexOf(mark);
  while (at !== -1 && count <= max) {
    count += 1;
    at = text.indexOf(mark, at + 1);
  }
  return count;
}

function scanMembers(
  bytes: Buffer,
  text: string,
  start: number,
  options: ScanOptions,
): JsonSpans | undefined {
  const { names, elementsOf, depthMax } = options;
  const members = new Map<string, Span>();
  const duplicates = new Set<string>();
  const unknown: string[] = [];
  let elements: Span[] = [];

  let at = skipSpace(text, start);
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = skipString(text, at);
    const name = decodeName(bytes, at, nameEnd);
    const colon = skipSpace(text, nameEnd);
    if (name === undefined || text.charCodeAt(colon) !== COLON) break;

    const valueStart = skipSpace(text, colon + 1);
    const wantsElements = name === elementsOf && text.charCodeAt(valueStart) === OPEN_ARRAY;
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
    if (text.charCodeAt(separator) !== COMMA) break;
    at = skipSpace(text, separator + 1);
  }
  return { members, duplicates: [...duplicates], unknown, elements };
}

/** Adds the span of each element of the array at `start`, and returns where the array ends. */
function scanElements(text: string, start: number, options: ScanOptions, into: Span[]): number {
  const { depthMax, elementsMax = Infinity } = options;
  if (depthMax < 2) return TOO_DEEP;
  let at = skipSpace(text, start + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_ARRAY) {
    const end = skipValue(text, at, 2, depthMax);
    if (end === TOO_DEEP) return TOO_DEEP;
    if (into.length < elementsMax) into.push({ start: at, end });
    const separator = skipSpace(text, end);
    if (text.charCodeAt(separator) !== COMMA) return Math.min(separator + 1, text.length);
    at = skipSpace(text, separator + 1);
  }
  return Math.min(at + 1, text.length);
}

/** Where the value at `start` ends, which stands inside `depth` containers. */
function skipValue(text: string, start: number, depth: number, depthMax: number): number {
  let open = 0;
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      open += 1;
      if (depth + open > depthMax) return TOO_DEEP;
      at += 1;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      open -= 1;
      at += 1;
    } else {
      at = open > 0 ? at + 1 : skipScalar(text, at);
    }
  } while (open > 0 && at < text.length);
  return Math.min(at, text.length);
}

function skipScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isSpace(text.charCodeAt(at)) && !endsScalar(text.charCodeAt(at)))
    at += 1;
  return at;
}

/** Where the string that opens at `start` ends, its closing quote included. */
function skipString(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  if (quote === -1) return text.length;
  if (text.charCodeAt(quote - 1) !== BACKSLASH) return quote + 1;
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return Math.min(at + 1, text.length);
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** What can follow a scalar in JSON, besides space. */
function endsScalar(code: number): boolean {
  return code === COMMA || code === CLOSE_ARRAY || code === CLOSE_OBJECT;
}

/** `"\u0065vent"` is `event`. `undefined` if the name is no JSON string; then the whole text is none. */
function decodeName(bytes: Buffer, start: number, end: number): string | undefined {
  try {
    const name: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
