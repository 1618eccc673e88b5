const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
/** A head is a few hundred bytes; what is no HTTP must not be gathered for ever. */
const HEAD_BYTES_MAX = 65_536;
const NOTHING = Buffer.alloc(0);

export interface Answer {
  readonly status: number;
  /** Of a body in chunks, what is around them included. */
  readonly bodyBytes: number;
  /** As much of the body as came with the head: enough to see why a request was refused. */
  readonly opening: Buffer;
}

/**
 * Cuts what one connection receives into answers, one request at a time: the status line, and as many
 * bytes of body as `Content-Length` declares, or up to the last chunk (of JSON, which holds no line that
 * could be taken for one). Looks at nothing else, for it must cost little.
 */
export class AnswerReader {
  /** What came, while it does not hold the end of the head, or not the last chunk. */
  #gathered: Buffer = NOTHING;
  #answer: Answer | undefined;
  #bodyBytesLeft = 0;

  /**
   * The answer that `chunk` completes, if it does.
   *
   * @throws Error for what is no answer whose end can be told, and for more than one.
   */
  push(chunk: Buffer): Answer | undefined {
    return this.#answer === undefined ? this.#readHead(chunk) : this.#readBody(chunk);
  }

  #readHead(chunk: Buffer): Answer | undefined {
    const bytes = this.#gathered.length === 0 ? chunk : Buffer.concat([this.#gathered, chunk]);
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd === -1) {
      if (bytes.length > HEAD_BYTES_MAX) throw new Error('an answer without an end of its head');
      this.#gathered = bytes;
      return undefined;
    }
    this.#gathered = NOTHING;
    const head = bytes.toString('latin1', 0, headEnd);
    const opening = bytes.subarray(headEnd + HEAD_END.length);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    const bodyBytes = declaredBytes(head, status);
    if (Number.isNaN(status + bodyBytes)) throw new Error(`where does this answer end? ${head}`);
    this.#answer = { status, bodyBytes, opening };
    this.#bodyBytesLeft = bodyBytes;
    return this.#readBody(opening);
  }

  #readBody(bytes: Buffer): Answer | undefined {
    const answer = this.#answer;
    if (this.#bodyBytesLeft === Infinity) {
      this.#gathered = Buffer.concat([this.#gathered, bytes]);
      if (!this.#gathered.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return undefined;
      const bodyBytes = this.#gathered.length;
      this.#gathered = NOTHING;
      this.#answer = undefined;
      return answer && { ...answer, bodyBytes };
    }
    this.#bodyBytesLeft -= bytes.length;
    if (this.#bodyBytesLeft > 0) return undefined;
    if (this.#bodyBytesLeft < 0) throw new Error('more than one answer to one request');
    this.#answer = undefined;
    return answer;
  }
}

/** Infinity: in chunks. NaN: it is not told. */
function declaredBytes(head: string, status: number): number {
  if (status === 204) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  return /\r\ntransfer-encoding: *chunked/i.test(head) ? Infinity : Number.NaN;
}
