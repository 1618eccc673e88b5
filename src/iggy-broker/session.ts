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
import type { ConsumerGroup } from './groups/consumer-group.ts';
import { READS, UNAVAILABLE_CODES, WRITES } from './dispatch.ts';
import { checksumHolds, headerFault, isInternal, isMetadata } from './header-rules.ts';
import { Later } from './later.ts';
import { judgeLogin, type LoginVerdict } from './login.ts';
import { Refusal } from './refusal.ts';
import { committedReply, denial, directReply, eviction } from './replies.ts';
import { SERVER_VERSION } from './server-facts.ts';
import type { Account } from './users.ts';
import { deny, executeWrite, reject, type SessionParts } from './write-plane.ts';

/** The two logins of an older generation; clients of this one rewrite them (iggy-vsr-0.11 §3.10). */
const LEGACY_LOGIN_CODES: ReadonlySet<number> = new Set([38, 44]);

/**
 * What a frame is answered with; `close` where it cannot be told whom or what to answer. `wait`: with what
 * comes of the work; until then nothing else of this connection may be executed.
 */
export type Answer =
  | { kind: 'send'; frame: Buffer }
  | { kind: 'close'; reason: string }
  | { kind: 'wait'; work: Later<Buffer> };

export interface Login {
  readonly clientId: bigint;
  readonly account: Account;
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
    const login = this.#login;
    return {
      id: this.#id,
      address: this.#peer.address,
      userId: login?.account.id,
      clientId: login?.clientId,
    };
  }

  /** Who is logged in; for `restore`. */
  get login(): Login | undefined {
    return this.#login;
  }

  /** In which groups its client is; for `restore`, too. */
  get groups(): readonly ConsumerGroup[] {
    if (this.#login === undefined) return [];
    return this.#parts.state.catalog.memberships.of(this.#login.clientId);
  }

  /** Goes back to `login`, after what storage keeps was read again: users and client ids are new objects. */
  restore(login: Login | undefined): void {
    const { state, clients } = this.#parts;
    this.#login = undefined;
    if (login === undefined) return;
    this.#login = { ...login, account: state.users.successorOf(login.account) };
    clients.claim(login.clientId, login.account.id, this.#id);
  }

  /** Answers a read, which sees only what is permanent while storage takes nothing; refuses the rest. */
  readOrRefuse(frame: Buffer): Buffer {
    const isRead = decodeRequest(frame).header.operation === Operation.NonReplicated;
    const answer = isRead ? this.execute(frame) : undefined;
    return answer?.kind === 'send' ? answer.frame : this.refuse(frame);
  }

  /** Answers what was or would be executed, in vain: storage does not take it. It may come again. */
  refuse(frame: Buffer): Buffer {
    const { header } = decodeRequest(frame);
    return isMetadata(header.operation) && header.operation !== Operation.NonReplicated
      ? reject(this.#parts, header, STATUS.TransientNotAccepted)
      : deny(this.#parts, header, STATUS.TransientNotAccepted);
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
    const answer = this.#answer(request);
    return answer instanceof Later
      ? { kind: 'wait', work: answer }
      : { kind: 'send', frame: answer };
  }

  /** The client is gone, or says goodbye: its id is free again. */
  end(): void {
    const { clients, state } = this.#parts;
    const clientId = this.#login?.clientId;
    if (clientId !== undefined && clients.owns(clientId, this.#id)) {
      state.catalog.memberships.release(clientId);
      clients.release(clientId, this.#id);
    }
    this.#login = undefined;
  }

  /**
   * Logs out a client that has not been heard of for too long, if others wait for what it holds: its place
   * in a consumer group (iggy-vsr-0.11 §2.6). Returns what it is to be told, or undefined if it may stay.
   */
  endSilent(): Buffer | undefined {
    const { clients, state } = this.#parts;
    const clientId = this.#login?.clientId;
    if (clientId === undefined || !clients.owns(clientId, this.#id)) return undefined;
    if (!state.catalog.memberships.has(clientId)) return undefined;
    this.end();
    return eviction(clientId, EvictionReason.StaleClient);
  }

  #answer(request: Request): Buffer | Later<Buffer> {
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

  #register({ header, body }: Request): Buffer | Later<Buffer> {
    const verdict = judgeLogin(body, this.#parts.state);
    if (!(verdict instanceof Later)) return this.#admit(header, verdict);
    return verdict.through((finish) => {
      try {
        return this.#admit(header, finish());
      } catch (error) {
        if (error instanceof Refusal) return reject(this.#parts, header, error.code);
        throw error;
      }
    });
  }

  #admit(header: RequestHeader, verdict: LoginVerdict): Buffer {
    const { state, clients, position } = this.#parts;
    if (!verdict.admitted) return eviction(header.client, verdict.reason);
    // Who logs in twice keeps what the first login gave, the client id too (iggy-vsr-0.11 §2.3).
    let login = this.#login;
    if (login === undefined || !clients.owns(login.clientId, this.#id)) {
      const { account } = verdict;
      if (!clients.claim(header.client, account.id, this.#id)) {
        return eviction(header.client, EvictionReason.SessionError);
      }
      login = { clientId: header.client, account, session: position.advance() };
      this.#login = login;
    }
    const { account, session } = login;
    const response = encodeBody(commands.login.response, {
      userId: account.id,
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
    return directReply(header, 0n, commit);
  }

  #read({ header, body }: Request, code: number): Buffer {
    const commit = this.#parts.position.current;
    const op = this.#login?.session ?? 0n;
    if (code === commands.ping.code) return directReply(header, op, commit);
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
      const call = { state: this.#parts.state, caller };
      return directReply(header, op, commit, (out) => served.runInto(out, body, call));
    } catch (error) {
      if (error instanceof Refusal) return denial(header, error.code, op, commit);
      throw error;
    }
  }

  #write(request: Request): Buffer | Later<Buffer> {
    const { header } = request;
    const caller = this.#caller(header);
    // A login elsewhere under the same id took it over (iggy-vsr-observed §1.4).
    if (caller === undefined || !this.#parts.clients.owns(caller.clientId, this.#id)) {
      return eviction(header.client, EvictionReason.NoSession);
    }
    const served = WRITES.get(header.operation);
    if (served === undefined) return deny(this.#parts, header, STATUS.FeatureUnavailable);
    const answer = executeWrite(this.#parts, request, served, caller);
    if (!(answer instanceof Later)) return answer;
    return answer.through((finish) =>
      // While it was worked on, somebody else may have logged in under the same id.
      this.#parts.clients.owns(caller.clientId, this.#id)
        ? finish()
        : eviction(header.client, EvictionReason.NoSession),
    );
  }

  #caller({ request }: RequestHeader): Caller | undefined {
    const login = this.#login;
    if (login === undefined) return undefined;
    const { account, clientId } = login;
    return {
      userId: account.id,
      account,
      clientId,
      request,
      connection: this.view,
      peer: this.#peer,
    };
  }
}
