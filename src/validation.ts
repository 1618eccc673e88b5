/**
 * What may be said about single values, as pure predicates: no I/O, no library, any input, linear time.
 * The limits are http-contract §1 and §2.
 */

const NAME_BYTES_MAX = 255;
export const PARTITIONS_MAX = 1000;
export const CONSUMER_ID_MAX = 1_000_000_000;
const PARTITION_KEY_BYTES_MAX = 255;

const NAME = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** A stream's or topic's name: ASCII, letter or digit at both ends, no two of `.` `_` `-` in a row. */
export function isResourceName(text: string): boolean {
  return text.length <= NAME_BYTES_MAX && NAME.test(text);
}

const EVENT_TYPE = /^\P{Cc}{1,256}$/u;

/** 1 to 256 characters (Unicode code points), none of them a control character. */
export function isEventType(text: string): boolean {
  return EVENT_TYPE.test(text);
}

/** 1..=255 bytes of UTF-8. A lone surrogate has no UTF-8 form, so two such keys could meet. */
export function isPartitionKey(text: string): boolean {
  return text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= PARTITION_KEY_BYTES_MAX;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Any version, in the text form of RFC 9562. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A UUID that can name a message: Iggy reads message id 0 as "none". */
export function isEventId(text: string): boolean {
  return UUID.test(text) && text !== NIL_UUID;
}

const DECIMAL = /^-?\d{1,29}(?:\.\d{1,28})?$/;

/** Money as text, in the range of a 96-bit decimal. Never a float: 0.1 + 0.2 must be 0.3. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

const ZERO = 0x30;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,64})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** A date and time that exists, with its offset from UTC (RFC 3339 §5.6). A leap second is allowed. */
export function isTimestamp(text: string): boolean {
  if (!RFC_3339.test(text)) return false;
  return (
    isDay(twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)) &&
    twoDigits(text, 11) <= 23 &&
    twoDigits(text, 14) <= 59 &&
    twoDigits(text, 17) <= 60 &&
    (isUtc(text) ||
      (twoDigits(text, text.length - 5) <= 23 && twoDigits(text, text.length - 2) <= 59))
  );
}

function isUtc(text: string): boolean {
  return text.endsWith('Z') || text.endsWith('z');
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  // No month has the number 0 or 13: none of its days exists.
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

const DIGITS = /^\d+$/;

/** An integer in decimal digits within the bounds, or nothing. No sign, no space, no exponent. */
export function parseInteger(text: string, min: bigint, max: bigint): bigint | undefined {
  // No bound has more than 20 digits without leading zeros; more must not cost quadratic time.
  if (!DIGITS.test(text) || text.length > 40) return undefined;
  const value = BigInt(text);
  return value >= min && value <= max ? value : undefined;
}
