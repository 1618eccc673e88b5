/** Where a request stands in its caller's trace (W3C Trace Context §3.2). */
export interface TraceContext {
  /** 32 hex digits, not all zero. */
  readonly traceId: string;
  /** Of the span that asks: 16 hex digits, not all zero. */
  readonly spanId: string;
  /** Bit 0: somebody keeps this trace; bit 1: its id is random. */
  readonly flags: number;
}

/** `version-traceid-parentid-flags`, and in versions to come perhaps more. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const TRACEPARENT_CHARACTERS_MAX = 512;
const VERSION = '00';
const VERSION_FORBIDDEN = 'ff';
const ALL_ZERO = /^0+$/;
const KNOWN_FLAGS = 0b11;

/**
 * The context that a `traceparent` names, or nothing if it is not valid: then there is no trace to
 * continue. Of a later version, what this one knows is taken (§3.2.4).
 */
export function parseTraceparent(text: string): TraceContext | undefined {
  if (text.length > TRACEPARENT_CHARACTERS_MAX) return undefined;
  const match = TRACEPARENT.exec(text);
  if (!match) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match;
  if (version === VERSION_FORBIDDEN || (version === VERSION && more !== undefined))
    return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS };
}

/** Always in the version we know, whichever it came in (§3.2.4). */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `${VERSION}-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
