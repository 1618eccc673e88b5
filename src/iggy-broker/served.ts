import {
  type ByteWriter,
  type Codec,
  type Command,
  decodeBody,
  encodeBody,
  STATUS,
  WireError,
} from '../iggy-protocol/index.ts';
import { invariant } from '../utils/invariant.ts';
import { authorize, ruleOf } from './access.ts';
import type { Call } from './context.ts';
import { Later } from './later.ts';
import { notAdmitted } from './refusal.ts';

/** A command the broker does: bytes of the request's body in, bytes of the reply's payload out. */
export interface Served {
  readonly code: number;
  readonly operation: number;
  readonly name: string;
  /** The reply holds a secret: it is told once and not kept for a repetition. */
  readonly secret: boolean;
  /** Throws a Refusal, and so may what comes of it later. */
  run(body: Buffer, call: Call): Buffer | Later<Buffer>;
  /** The same for reads, which never take their time: the payload goes where the reply is made. */
  runInto(out: ByteWriter, body: Buffer, call: Call): void;
}

/** Ties a command of the protocol to what the broker does about it, for those who may have it done. */
export function serve<Request, Response>(
  command: Command<Request, Response>,
  handle: (request: Request, call: Call) => Response | Later<Response>,
  { secret = false } = {},
): Served {
  const rule = ruleOf(command.name);
  const begin = (body: Buffer, call: Call) => {
    const request = decode(command.request, body);
    authorize(rule, request, call);
    return { request, response: handle(request, call) };
  };
  return {
    code: command.code,
    operation: command.operation,
    name: command.name,
    secret,
    run(body, call) {
      const { request, response } = begin(body, call);
      if (!(response instanceof Later)) return encodeBody(command.response, response);
      return response.through((finish) => {
        // Rights may have been lost in the meantime.
        authorize(rule, request, call);
        return encodeBody(command.response, finish());
      });
    },
    runInto(out, body, call) {
      const { response } = begin(body, call);
      invariant(!(response instanceof Later), 'only metadata operations may take their time');
      command.response.write(out, response);
    },
  };
}

/** A body that cannot be read is refused for all commands alike (iggy-vsr-0.11 §3). */
function decode<Request>(codec: Codec<Request>, body: Buffer): Request {
  try {
    return decodeBody(codec, body);
  } catch (error) {
    if (error instanceof WireError) throw notAdmitted(STATUS.InvalidCommand);
    throw error;
  }
}
