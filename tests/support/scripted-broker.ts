import {
  type Codec,
  commands,
  decodeRequest,
  EMPTY,
  encodeAccepted,
  encodeBody,
  encodeEviction,
  encodeRejected,
  encodeReply,
  FrameDecoder,
  isResultFramed,
  Operation,
  PROTOCOL_VERSION,
  replyOperation,
  type RequestHeader,
} from '../../src/iggy-protocol/index.ts';
import { type MemoryLink, MemoryNetwork } from './memory-duplex.ts';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** A request as it reached the broker, and every way to answer it, now or later. */
export class ScriptedRequest {
  readonly link: MemoryLink;
  readonly bytes: Buffer;
  readonly header: RequestHeader;
  readonly body: Buffer;

  constructor(link: MemoryLink, bytes: Buffer) {
    this.link = link;
    this.bytes = bytes;
    const { header, body } = decodeRequest(bytes);
    this.header = header;
    this.body = body;
  }

  is({ operation, code }: { operation: number; code: number }): boolean {
    if (this.header.operation !== operation) return false;
    return operation !== Operation.NonReplicated || this.header.code === code;
  }

  accept<Response>({ response }: { response: Codec<Response> }, value: Response): void {
    this.acceptPayload(encodeBody(response, value));
  }

  acceptPayload(payload: Buffer): void {
    const operation = replyOperation(this.header.operation);
    const framed = isResultFramed(operation) || operation === Operation.Register;
    this.link.send(this.reply(0, operation, framed ? encodeAccepted(payload) : payload));
  }

  /** Refused before execution: a status. */
  deny(status: number): void {
    this.link.send(this.reply(status, this.header.operation, Buffer.alloc(0)));
  }

  /** Refused in execution: a result section. */
  reject(code: number): void {
    this.link.send(this.reply(0, replyOperation(this.header.operation), encodeRejected(code)));
  }

  evict(reason: number): void {
    const versions = { serverProtocolVersion: 0, serverProtocolVersionMin: 0 };
    this.link.send(encodeEviction({ client: this.header.client, reason, ...versions }));
  }

  reply(status: number, operation: number, body: Buffer): Buffer {
    const { client, request, requestChecksum, timestamp } = this.header;
    const place = { op: 1n, commit: 1n, cluster: 0n, view: 0, replica: 0 };
    const header = { client, request, requestChecksum, timestamp, operation, status, ...place };
    return encodeReply(header, body);
  }
}

/**
 * The far side of a `MemoryNetwork` as a test wants it: logs everybody in, is a cluster of one, answers
 * pings and logouts; the rest goes to `onRequest`, and stays unanswered until somebody answers it.
 */
export class ScriptedBroker {
  readonly network = new MemoryNetwork();
  /** Everything but logins, pings, logouts and questions about the cluster, in order of arrival. */
  readonly requests: ScriptedRequest[] = [];
  readonly logins: ScriptedRequest[] = [];
  readonly pings: ScriptedRequest[] = [];
  readonly logouts: ScriptedRequest[] = [];
  /** Questions about the cluster. */
  readonly questions: ScriptedRequest[] = [];
  onRequest: (request: ScriptedRequest) => void = () => {};
  onLogin: (login: ScriptedRequest) => void = (login) => this.logIn(login);
  onPing: (ping: ScriptedRequest) => void = (ping) => ping.accept(commands.ping, EMPTY);
  onCluster: (request: ScriptedRequest) => void = (request) =>
    request.accept(commands.getClusterMetadata, { name: 'single-node', nodes: [] });
  serverVersion = '0.9.0';
  #session = 76n;

  constructor() {
    this.network.onDial = (link) => this.serve(link);
  }

  serve(link: MemoryLink): void {
    const decoder = new FrameDecoder(FRAME_BYTES_MAX);
    link.onReceive = (bytes) => {
      decoder.push(bytes, (frame) => this.#take(new ScriptedRequest(link, frame)));
    };
    link.accept();
  }

  logIn(login: ScriptedRequest): void {
    this.#session += 1n;
    login.accept(commands.login, {
      userId: 0,
      session: this.#session,
      serverProtocolVersion: PROTOCOL_VERSION,
      serverVersion: this.serverVersion,
    });
  }

  /** The last request that came. */
  get last(): ScriptedRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('no request has come');
    return last;
  }

  #take(request: ScriptedRequest): void {
    if (request.is(commands.login)) {
      this.logins.push(request);
      this.onLogin(request);
    } else if (request.is(commands.ping)) {
      this.pings.push(request);
      this.onPing(request);
    } else if (request.is(commands.getClusterMetadata)) {
      this.questions.push(request);
      this.onCluster(request);
    } else if (request.is(commands.logout)) {
      this.logouts.push(request);
      request.acceptPayload(Buffer.alloc(0));
    } else {
      this.requests.push(request);
      this.onRequest(request);
    }
  }
}
