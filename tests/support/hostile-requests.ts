import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { eventText } from './events.ts';

/** A whole number from 0 to below `end`. */
export type Dice = (end: number) => number;

export interface HostileKind {
  name: string;
  /** The bytes, in the pieces in which they are written. */
  make: (dice: Dice) => readonly (string | Buffer)[];
  /** What may be answered; a success among them is what a request of this kind is for. */
  statuses: readonly number[];
}

const CLOSE = 'Host: t\r\nConnection: close\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const NAME_BYTES = 1024 * 1024;
type Bomb = readonly [encoding: string, bytes: Buffer];
/** Just over what a body may decode to, out of next to nothing. */
const BOMB = Buffer.alloc(10 * 1024 * 1024 + 1, ' ');
const BOMBS: readonly [Bomb, ...Bomb[]] = [
  ['gzip', gzipSync(BOMB)],
  ['br', brotliCompressSync(BOMB)],
  ['zstd', zstdCompressSync(BOMB)],
];

const kind = (
  name: string,
  statuses: readonly number[],
  make: HostileKind['make'],
): HostileKind => ({ name, statuses, make });

function get(target: string, headers = ''): string[] {
  return [`GET ${target} HTTP/1.1\r\n${CLOSE}${headers}\r\n`];
}

function post(path: string, body: string | Buffer, headers = ''): (string | Buffer)[] {
  const bytes = Buffer.from(body);
  const length = `Content-Length: ${bytes.length}\r\n`;
  return [`POST ${path} HTTP/1.1\r\n${CLOSE}${JSON_TYPE}${length}${headers}\r\n`, bytes];
}

function chunked(path: string, chunks: readonly string[], extension = ''): string[] {
  const head = `POST ${path} HTTP/1.1\r\n${CLOSE}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`;
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`);
  return [head + body.join('') + '0\r\n\r\n'];
}

const envelope = (data: string): string => `{"event":${eventText(data)}}`;
const pick = <Item>(dice: Dice, items: readonly [Item, ...Item[]]): Item =>
  items[dice(items.length)] ?? items[0];
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** What is odd, and still has to be served. */
const ACCEPTED: readonly HostileKind[] = [
  kind('an event', [201], (dice) => post('/messages', envelope(String(dice(1e9))))),
  kind('a batch', [201], (dice) => {
    const events = Array.from({ length: 1 + dice(20) }, (_, n) => eventText(String(n)));
    return post('/messages/batch', `{"events":[${events.join(',')}]}`);
  }),
  kind('a poll', [200], (dice) => get(`/messages?count=${1 + dice(100)}&offset=${dice(50)}`)),
  kind('a target in absolute form', [200], () => get('http://t/streams')),
  kind('chunk extensions', [201], (dice) =>
    chunked('/messages', [envelope('1')], `;a=${'x'.repeat(dice(500))};b="c"`),
  ),
  kind('chunks of one byte', [201], () => chunked('/messages', Array.from(envelope('1')))),
  kind('a body in pieces of one byte', [201], () => {
    const [head = '', body = ''] = post('/messages', envelope('1'));
    return [head, ...Array.from(String(body))];
  }),
  kind('an event with __proto__', [201], () =>
    post('/messages', envelope('{"__proto__":{"x":1},"constructor":{"prototype":null}}')),
  ),
  kind('an event with lone surrogates', [201], () =>
    post('/messages', envelope(String.raw`"\ud800 \udfff \u0000"`)),
  ),
  kind('an event with huge numbers', [201], () =>
    post('/messages', envelope('[1e400,-1e-400,123456789012345678901234567890]')),
  ),
  kind('an event as deep as is allowed', [201], () => post('/messages', envelope(nested(61)))),
  kind('a compressed event', [201], () =>
    post('/messages', gzipSync(envelope('1')), 'Content-Encoding: gzip\r\n'),
  ),
  kind('a method that only tells', [204], () => [`OPTIONS /streams HTTP/1.1\r\n${CLOSE}\r\n`]),
];

const REFUSED: readonly HostileKind[] = [
  kind('a bad method', [405], (dice) => {
    const method = pick(dice, ['PROPFIND', 'PUT', 'TRACE', 'FETCH', 'get', 'MKCOL', 'SEARCH']);
    return [`${method} /streams HTTP/1.1\r\n${CLOSE}\r\n`];
  }),
  kind('a bad target', [400, 404], (dice) => {
    const bad = ['http://[::1', 'ftp://t/x', '//[', '/%zz', '/%00', '/streams/%ff', 'x', '/a b'];
    return get(pick(dice, ['/..%2f..', ...bad]));
  }),
  kind('two hosts', [400], () => get('/health', 'Host: other\r\n')),
  kind('two lengths', [400], () => post('/messages', '{}', 'Content-Length: 3\r\n')),
  kind('a length and chunks at once', [400], () =>
    post('/messages', '0\r\n\r\n', 'Transfer-Encoding: chunked\r\n'),
  ),
  kind('chunks that are not the last encoding', [400], () => [
    `POST /messages HTTP/1.1\r\n${CLOSE}${JSON_TYPE}Transfer-Encoding: chunked, gzip\r\n\r\n`,
  ]),
  kind('chunk extensions without end', [400, 413, 431], () =>
    chunked('/messages', ['{}'], `;${'x'.repeat(100_000)}`),
  ),
  kind('a chunk of a size that is none', [400], () => [
    `POST /messages HTTP/1.1\r\n${CLOSE}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
  ]),
  kind('NUL in the head', [400], (dice) =>
    pick(dice, [get('/\0'), get('/health', 'X-A: \0\r\n'), get('/health', 'X\0: 1\r\n')]),
  ),
  kind('NUL in the body', [400], () => post('/streams', '{"name":"a\0b"}')),
  kind('a name of a megabyte', [400], () =>
    post('/streams', `{"name":"${'x'.repeat(NAME_BYTES)}"}`),
  ),
  kind('a member of a megabyte', [400], () => post('/streams', `{"${'x'.repeat(NAME_BYTES)}":1}`)),
  kind('a path of a megabyte', [431], () => get(`/streams/${'x'.repeat(NAME_BYTES)}`)),
  kind('a deep body', [400], (dice) => post('/messages', envelope(nested(62 + dice(100_000))))),
  kind('__proto__ instead of an event', [400], () =>
    post('/messages', `{"__proto__":${envelope('1')}}`),
  ),
  kind('a lone surrogate as a key', [400], () =>
    post('/messages', envelope('1').replace(/\}$/, String.raw`,"partition_key":"\ud800"}`)),
  ),
  kind('bytes that are no UTF-8', [400], () =>
    post('/messages', Buffer.from([0x7b, 0xff, 0xfe, 0xc0, 0x7d])),
  ),
  kind('a bomb', [413], (dice) => {
    const [encoding, bytes] = pick(dice, BOMBS);
    return post('/messages', bytes, `Content-Encoding: ${encoding}\r\n`);
  }),
  kind('a bomb in a bomb', [415], () =>
    post('/messages', gzipSync(gzipSync('{}')), 'Content-Encoding: gzip, gzip\r\n'),
  ),
  kind('a compressed body that ends too soon', [400], () =>
    post('/messages', gzipSync(envelope('1')).subarray(0, -5), 'Content-Encoding: gzip\r\n'),
  ),
  kind('headers without end', [431], () => get('/health', 'X-A: b\r\n'.repeat(4000))),
  kind('a folded header', [400], () => get('/health', 'X-A: b\r\n c: d\r\n')),
  kind('an unknown expectation', [417], () => get('/health', 'Expect: more\r\n')),
  kind('another protocol', [400], () =>
    get('/health', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'),
  ),
  kind('random bytes', [400], (dice) => {
    const bytes = Buffer.from(Array.from({ length: 1 + dice(200) }, () => dice(256)));
    return [bytes, '\r\n\r\n'];
  }),
  kind('a request that another one hides in', [400], () => [
    `POST /streams HTTP/1.1\r\n${CLOSE}${JSON_TYPE}Content-Length: 5\r\n` +
      `Transfer-Encoding: x\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n`,
  ]),
];

export const HOSTILE_KINDS: readonly HostileKind[] = [...ACCEPTED, ...REFUSED];
