import {
  commands,
  decodeRequest,
  encodeAccepted,
  encodeBody,
  EvictionReason,
  Operation,
  PROTOCOL_VERSION,
  type Request,
  type RequestHeader,
  STATUS,
  WireError,
} from '../iggy-protocol/index.ts';
import type { Caller, ConnectionView, Peer } from './context.ts';
import { READS, UNAVAILABLE_CODES, WRITES } from './dispatch.ts';
import { checksumHolds, headerFault, isInternal } from './header-rules.ts';
import { judgeLogin } from './login.ts';
import { Refusal } from './refusal.ts';
import { committedReply, denial, directReply, eviction } from './replies.ts';
import { SERVER_VERSION } from './server-facts.ts';
import { deny, executeWrite, type SessionParts } from './write-plane.ts';

/** The two logins of an older generation; clients of this one rewrite them (iggy-vsr-0.11 §3.10). */
const LEGACY_LOGIN_CODES: ReadonlySet<number> = new Set([38, 44]);

const NOTHING = Buffer.alloc(0);

/** What a frame is answered with; `close` where it cannot be told whom or what to answer. */
export type Answer = { kind: 'send'; frame: Buffer } | { kind: 'close'; reason: string };

interface Login {
  readonly clientId: bigint;
  readonly userId: number;
  readonly session: bigint;
}

/** One client: frames in, an answer for each out. */
export class Session {
  readonly #id: number;
  readonly #peer: Peer;
  readonly #parts: SessionParts;
  #login: Login | undefined;

  constructor(id: number, peer: Peer, parts: SessionParts) {
    this.#id = id;
    this.#peer = peer;
    this.#parts = parts;
  }

  get view(): ConnectionView {
    return { id: this.#id, address: this.#peer.address, userId: this.#login?.userId };
  }

  execute(frame: Buffer): Answer {
    let request: Request;
    try {
      request = decodeRequest(frame);
    } catch (error) {
      if (error instanceof WireError) return { kind: 'close', reason: error.message };
      throw error;
    }
    const fault = headerFault(request.header);
    if (fault !== undefined) return { kind: 'close', reason: fault };
    return { kind: 'send', frame: this.#answer(request) };
  }

  /** The client is gone, or says goodbye: its id is free again. */
  end(): void {
    if (this.#login !== undefined) this.#parts.clients.release(this.#login.clientId, this.#id);
    this.#login = undefined;
  }

  #answer(request: Request): Buffer {
    const { header } = request;
    if (!checksumHolds(request)) return deny(this.#parts, header, STATUS.InvalidFormat);
    if (isInternal(header.operation)) {
      return eviction(header.client, EvictionReason.InvalidRequestOperation);
    }
    switch (header.operation) {
      case Operation.Register:
        return this.#register(request);
      case Operation.Logout:
        return this.#logout(header);
      case Operation.NonReplicated:
        return this.#read(request, header.code ?? 0);
      default:
        return this.#write(request);
    }
  }

  #register({ header, body }: Request): Buffer {
    const { state, clients, position } = this.#parts;
    const verdict = judgeLogin(body, state);
    if (!verdict.admitted) return eviction(header.client, verdict.reason);
    // Who logs in twice keeps what the first login gave, the client id too (iggy-vsr-0.11 §2.3).
    let login = this.#login;
    if (login === undefined || !clients.owns(login.clientId, this.#id)) {
      const { userId } = verdict;
      login = { clientId: header.client, userId, session: position.advance() };
      clients.claim(login.clientId, this.#id);
      this.#login = login;
    }
    const { userId, session } = login;
    const response = encodeBody(commands.login.response, {
      userId,
      session,
      serverProtocolVersion: PROTOCOL_VERSION,
      serverVersion: SERVER_VERSION,
    });
    const now = state.clock.nowMicros();
    return committedReply(header, header.operation, session, now, encodeAccepted(response));
  }

  #logout(header: RequestHeader): Buffer {
    const { position } = this.#parts;
    const commit = this.#login === undefined ? position.current : position.advance();
    this.end();
    return directReply(header, 0n, commit, NOTHING);
  }

  #read({ header, body }: Request, code: number): Buffer {
    const commit = this.#parts.position.current;
    const op = this.#login?.session ?? 0n;
    if (code === commands.ping.code) return directReply(header, op, commit, NOTHING);
    if (LEGACY_LOGIN_CODES.has(code)) {
      return eviction(header.client, EvictionReason.MalformedLogin);
    }
    const caller = this.#caller(header);
    if (caller === undefined) return deny(this.#parts, header, STATUS.Unauthenticated);
    const served = READS.get(code);
    if (served === undefined) {
      const known = UNAVAILABLE_CODES.has(code);
      return denial(header, known ? STATUS.FeatureUnavailable : STATUS.InvalidCommand, op, commit);
    }
    try {
      const payload = served.run(body, { state: this.#parts.state, caller });
      return directReply(header, op, commit, payload);
    } catch (error) {
      if (error instanceof Refusal) return denial(header, error.code, op, commit);
      throw error;
    }
  }

  #write(request: Request): Buffer {
    const { header } = request;
    const caller = this.#caller(header);
    // A login elsewhere under the same id took it over (iggy-vsr-observed §1.4).
    if (caller === undefined || !this.#parts.clients.owns(caller.clientId, this.#id)) {
      return eviction(header.client, EvictionReason.NoSession);
    }
    const served = WRITES.get(header.operation);
    if (served === undefined) return deny(this.#parts, header, STATUS.FeatureUnavailable);
    return executeWrite(this.#parts, request, served, caller);
  }

  #caller({ request }: RequestHeader): Caller | undefined {
    const login = this.#login;
    if (login === undefined) return undefined;
    const { userId, clientId } = login;
    return { userId, clientId, request, connection: this.view, peer: this.#peer };
  }
}
