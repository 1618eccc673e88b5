/** Requests as bytes, prepared once: a load generator must cost less than what it measures. */
export interface PreparedRequests {
  /** Whole requests, head and body, as latin1; a connection sends them in turn. */
  readonly texts: readonly string[];
  /** Where, in each of them, twelve hexadecimal digits stand that are counted up from request to request. */
  readonly numbersAt: readonly number[];
}

/** Where a server is, and what every request to it carries. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A number within an event's id: `toString(16)`, this many digits. */
const NUMBER_DIGITS = 12;
const ZEROS = '0'.repeat(NUMBER_DIGITS);
const GROUP = '-0000-7000-8000-';
/** What `eventText` makes at the least, with an empty text. */
const EVENT_BYTES_MIN = eventOf('', '').length;

/** The first part of the ids of one measurement's events: nobody else sends such. */
export function idPrefix(measurement: number): string {
  return measurement.toString(16).padStart(8, '0');
}

/** The number within an event's id, and whose it is. */
export function readId(id: string): { prefix: string; number: number } {
  return { prefix: id.slice(0, 8), number: Number.parseInt(id.slice(-NUMBER_DIGITS), 16) };
}

/** An event of `bytes` bytes, as JSON, with 0 as its number. */
export function eventText(prefix: string, bytes: number): string {
  return eventOf(prefix, 'x'.repeat(Math.max(bytes - EVENT_BYTES_MIN - prefix.length, 0)));
}

function eventOf(prefix: string, text: string): string {
  return `{"id":"${prefix}${GROUP}${ZEROS}","event_type":"order.created","timestamp":"2026-11-21T02:22:49Z","payload":{"type":"Generic","data":{"text":"${text}"}}}`;
}

/** A POST of a JSON body. Every event's number in it, if it has some, is counted up. */
export function post(target: Target, path: string, body: string): PreparedRequests {
  const head = headOf(target, 'POST', path, [
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
  ]);
  const place = GROUP + ZEROS;
  const numbersAt: number[] = [];
  for (let at = body.indexOf(place); at !== -1; at = body.indexOf(place, at + place.length)) {
    numbersAt.push(head.length + at + GROUP.length);
  }
  return { texts: [head + body], numbersAt };
}

/** A GET of each of the paths in turn. */
export function get(target: Target, paths: readonly string[]): PreparedRequests {
  return { texts: paths.map((path) => headOf(target, 'GET', path, [])), numbersAt: [] };
}

function headOf(
  { host, port, headers }: Target,
  method: string,
  path: string,
  lines: readonly string[],
): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const all = [`${method} ${path} HTTP/1.1`, `Host: ${host}:${port}`, ...own, ...lines];
  return `${all.join('\r\n')}\r\n\r\n`;
}

const HEX = Buffer.from('0123456789abcdef');

/** Writes `number` as the digits at `at`, in place. Below 2^53. */
export function writeNumber(request: Buffer, at: number, number: number): void {
  let rest = number;
  for (let digit = at + NUMBER_DIGITS - 1; digit >= at; digit -= 1) {
    if (rest === 0) {
      request.fill(0x30, at, digit + 1);
      return;
    }
    request[digit] = HEX[rest % 16] ?? 0x30;
    rest = Math.floor(rest / 16);
  }
}
