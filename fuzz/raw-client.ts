import { connect } from 'node:net';

/** One answer, as it stood on the wire. */
export interface RawAnswer {
  status: number;
  /** By lower-case name; of several, the last. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

const PATIENCE_MS = 10_000;

/**
 * Writes these pieces to a fresh connection, one after the other, and returns everything that is
 * answered until it is closed: what no HTTP client would send, and what none would show.
 *
 * @throws Error if what comes is no HTTP, or the connection stays open for 10 s.
 */
export async function exchange(
  port: number,
  pieces: readonly (string | Buffer)[],
): Promise<RawAnswer[]> {
  return parseAnswers(await talk(port, pieces));
}

function talk(port: number, pieces: readonly (string | Buffer)[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const chunks: Buffer[] = [];
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy(new Error(`the connection is still open after ${PATIENCE_MS} ms`));
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset behind the answer is the right of whoever has refused the rest.
    socket.on('error', (error) => {
      if (chunks.length === 0) reject(error);
    });
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    for (const piece of pieces) {
      socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    }
  });
}

const HEAD_END = '\r\n\r\n';

function parseAnswers(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf(HEAD_END, at);
    const [statusLine = '', ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine) ?? [];
    if (headEnd < 0 || status === undefined)
      throw new Error(`no HTTP: ${statusLine.slice(0, 100)}`);
    const headers = new Map(lines.map(parseHeader));
    const bodyStart = headEnd + HEAD_END.length;
    // An answer to HEAD announces a length and has none.
    const bodyEnd = Math.min(bodyStart + Number(headers.get('content-length') ?? 0), bytes.length);
    answers.push({ status: Number(status), headers, body: bytes.subarray(bodyStart, bodyEnd) });
    at = bodyEnd;
  }
  return answers.filter(({ status }) => status >= 200);
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
