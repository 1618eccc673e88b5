import {
  type Codec,
  type Command,
  commands,
  decodeBody,
  decodeServerFrame,
  encodeBatch,
  encodeBody,
  encodeRequest,
  Operation,
  replyOutcome,
  type Identifier,
  type RequestHeader,
  type ServerFrame,
} from '../../src/iggy-protocol/index.ts';

export const ROOT = { username: 'iggy', password: 'iggy' };

/** What became of a request: the decoded response, or the code it was refused with. */
export type Result<Response> = { ok: true; value: Response } | { ok: false; code: number };

/** One logical client: writes the frames of its requests, with its id, session and request numbers. */
export class TestIdentity {
  readonly clientId: bigint;
  session = 0n;
  /** Number of the next request that takes one. */
  request = 1n;

  constructor(clientId: bigint) {
    this.clientId = clientId;
  }

  frame<Request>(
    command: Command<Request, unknown>,
    request: Request,
    header: Partial<RequestHeader> = {},
  ): Buffer {
    return this.rawFrame(command, encodeBody(command.request, request), header);
  }

  /** For bodies no command would write. */
  rawFrame(
    { operation, code }: { operation: number; code: number },
    body: Buffer,
    header: Partial<RequestHeader> = {},
  ): Buffer {
    const number = operation === Operation.Register ? 0n : this.request;
    const takesNumber = operation > Operation.NonReplicated && header.request === undefined;
    if (takesNumber) this.request += 1n;
    return encodeRequest(
      {
        client: this.clientId,
        requestChecksum: 0n,
        timestamp: 0n,
        request: number,
        operation,
        session: operation === Operation.Register ? 0n : this.session,
        userId: 0,
        code: operation === Operation.NonReplicated ? code : null,
        ...header,
      },
      body,
    );
  }

  login({ username, password } = ROOT): Buffer {
    return this.frame(commands.login, { ...SDK, username, password, context: null });
  }

  loginWithToken(token: string): Buffer {
    return this.frame(commands.loginWithPat, { ...SDK, token, context: null });
  }
}

const SDK = { protocolVersion: 11264, sdkName: 'test', sdkVersion: '1' };

/** Reads a reply as a client would; an eviction fails the test. */
export function resultOf<Response>(
  command: { response: Codec<Response> },
  frame: Buffer | undefined,
): Result<Response> {
  const reply = serverFrame(frame);
  if (reply.kind === 'eviction') throw new Error(`evicted for ${reply.header.reason}`);
  const outcome = replyOutcome(reply.header, reply.body);
  if (!outcome.ok) return outcome;
  return { ok: true, value: decodeBody(command.response, outcome.payload) };
}

export function serverFrame(frame: Buffer | undefined): ServerFrame {
  if (frame === undefined) throw new Error('there was no answer');
  return decodeServerFrame(frame);
}

export function named(value: string): Identifier {
  return { kind: 'string', value };
}

export function numbered(value: number): Identifier {
  return { kind: 'numeric', value };
}

/** A producer's batch of text messages with the ids 1, 2, 3 … */
export function batchOf(...payloads: string[]): Buffer {
  return encodeBatch(
    payloads.map((payload, index) => ({
      id: BigInt(index + 1),
      originTimestamp: 1_795_000_000_000_000n,
      payload: Buffer.from(payload),
      userHeaders: Buffer.alloc(0),
    })),
  );
}
