import { type Command, decodeBody, encodeBody, STATUS, WireError } from '../iggy-protocol/index.ts';
import type { Call } from './context.ts';
import { notAdmitted } from './refusal.ts';

/** A command the broker does: bytes of the request's body in, bytes of the reply's payload out. */
export interface Served {
  readonly code: number;
  readonly operation: number;
  /** The reply holds a secret: it is told once and not kept for a repetition. */
  readonly secret: boolean;
  /** Throws a Refusal. */
  run(body: Buffer, call: Call): Buffer;
}

/** Ties a command of the protocol to what the broker does about it. */
export function serve<Request, Response>(
  command: Command<Request, Response>,
  handle: (request: Request, call: Call) => Response,
  { secret = false } = {},
): Served {
  return {
    code: command.code,
    operation: command.operation,
    secret,
    run: (body, call) => encodeBody(command.response, handle(decode(command, body), call)),
  };
}

/** A body that cannot be read is refused for all commands alike (iggy-vsr-0.11 §3). */
function decode<Request>({ request }: Command<Request, unknown>, body: Buffer): Request {
  try {
    return decodeBody(request, body);
  } catch (error) {
    if (error instanceof WireError) throw notAdmitted(STATUS.InvalidCommand);
    throw error;
  }
}
