import { headerFault } from '../../src/iggy-broker/header-rules.ts';
import { DEFAULT_LIMITS } from '../../src/iggy-broker/index.ts';
import {
  commands,
  decodeBody,
  decodeRequest,
  FrameDecoder,
  Operation,
  type Request,
  WireError,
} from '../../src/iggy-protocol/index.ts';

/** How a broker has to read what somebody sends. */
export interface Reading {
  /** Frames that get an answer, one each. */
  readonly answered: number;
  /** Whether something came that ends the connection; nothing behind it counts. */
  readonly isEnded: boolean;
  /** Whether it is about what nobody but the observer may touch, or about root. */
  readonly isForbidden: boolean;
}

/** What an input must leave alone, or no other promise could be looked at. */
export interface Reserved {
  readonly stream: { readonly id: number; readonly name: string };
  readonly user: { readonly id: number; readonly name: string };
}

export function readBytes(bytes: Buffer, reserved: Reserved): Reading {
  const decoder = new FrameDecoder(DEFAULT_LIMITS.frameBytesMax);
  const frames: Buffer[] = [];
  let isEnded = false;
  try {
    decoder.push(bytes, (frame) => frames.push(frame));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    isEnded = true;
  }
  const requests = frames.map(sound);
  const end = requests.indexOf(undefined);
  const answered = end === -1 ? requests : requests.slice(0, end);
  return {
    answered: answered.length,
    isEnded: isEnded || end !== -1,
    isForbidden: answered.some((request) => request !== undefined && touches(request, reserved)),
  };
}

function sound(frame: Buffer): Request | undefined {
  try {
    const request = decodeRequest(frame);
    return headerFault(request.header) === undefined ? request : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function touches({ header, body }: Request, { stream, user }: Reserved): boolean {
  const command = Object.values(commands).find(({ operation, code }) =>
    header.operation === Operation.NonReplicated
      ? code === header.code
      : operation === header.operation,
  );
  if (command === undefined) return false;
  let request: object;
  try {
    request = decodeBody<object>(command.request, body);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
  const fields = new Map<string, unknown>(Object.entries(request));
  return names(fields.get('stream'), stream) || names(fields.get('user'), user);
}

function names(identifier: unknown, { id, name }: { id: number; name: string }): boolean {
  if (typeof identifier !== 'object' || identifier === null || !('value' in identifier))
    return false;
  return identifier.value === id || identifier.value === name;
}
