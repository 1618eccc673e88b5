import {
  type Command,
  decodeBody,
  HEADER_BYTES,
  STATUS,
  WireError,
} from '../iggy-protocol/index.ts';
import { encodeCommand, type WireRequest } from './connection/request.ts';
import type { SessionRequest } from './connection/session.ts';
import { type Carrier, deliver, type Effect, garbled, outcomeUnknown } from './deliver.ts';
import { IggyError } from './errors.ts';

/** How commands become requests, and replies values. Whatever goes wrong is an IggyError. */
export class Calls {
  readonly #carrier: Carrier<SessionRequest>;
  readonly #frameBytesMax: number;

  constructor(carrier: Carrier<SessionRequest>, frameBytesMax: number) {
    this.#carrier = carrier;
    this.#frameBytesMax = frameBytesMax;
  }

  async call<Request, Response>(
    command: Command<Request, Response>,
    value: Request,
    effect: Effect,
    signal: AbortSignal,
  ): Promise<Response> {
    const request = this.encode(command, value);
    const delivery = await deliver(this.#carrier, { ...request, signal }, effect);
    if (delivery.kind === 'failed') throw delivery.error;
    return readReply(effect, () => decodeBody(command.response, delivery.payload));
  }

  /** What the broker would not take either is refused here: nothing is written. */
  encode<Request, Response>(command: Command<Request, Response>, value: Request): WireRequest {
    const request = encodeOrRefuse(() => encodeCommand(command, value));
    const bytes = HEADER_BYTES + request.body.length;
    if (bytes > this.#frameBytesMax) {
      const message = `the request has ${bytes} bytes, at most ${this.#frameBytesMax} fit a frame`;
      throw new IggyError('refused', message, {
        code: STATUS.TooBigMessagePayload,
        local: true,
      });
    }
    return request;
  }
}

export function encodeOrRefuse<Encoded>(encode: () => Encoded): Encoded {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const message = `the request cannot be written: ${error.message}`;
    const code = STATUS.InvalidCommand;
    throw new IggyError('refused', message, { code, cause: error, local: true });
  }
}

/** A write whose reply cannot be understood may have done anything. */
export function readReply<Value>(effect: Effect, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw effect === 'read' ? garbled(error) : outcomeUnknown(error);
  }
}
