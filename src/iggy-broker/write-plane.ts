import {
  encodeAccepted,
  encodeRejected,
  isResultFramed,
  Operation,
  replyOperation,
  type Request,
  type RequestHeader,
  STATUS,
} from '../iggy-protocol/index.ts';
import { invariant } from '../utils/invariant.ts';
import type { ClientTable } from './client-table.ts';
import type { BrokerState, Caller } from './context.ts';
import { isMetadata } from './header-rules.ts';
import { Later } from './later.ts';
import { Refusal } from './refusal.ts';
import { committedReply, denial, type LogPosition } from './replies.ts';
import type { Served } from './served.ts';
import type { Room } from './storage.ts';

/** What adds to the data. The rest is done, or tried, also when the disk is nearly full. */
const GROWING: ReadonlySet<number> = new Set([
  Operation.CreateStream,
  Operation.CreateTopic,
  Operation.CreatePartitions,
  Operation.CreateConsumerGroup,
  Operation.CreateUser,
  Operation.CreatePersonalAccessToken,
]);

/** What frees space, and is tried even where nothing could be written: a failure costs everybody a reload. */
const FREEING: ReadonlySet<number> = new Set([
  Operation.DeleteStream,
  Operation.PurgeStream,
  Operation.DeleteTopic,
  Operation.PurgeTopic,
  Operation.DeletePartitions,
  Operation.DeleteSegments,
  Operation.DeleteConsumerGroup,
  Operation.DeleteUser,
  Operation.DeletePersonalAccessToken,
]);

/** What all sessions of a broker share. */
export interface SessionParts {
  readonly state: BrokerState;
  readonly clients: ClientTable;
  readonly position: LogPosition;
}

/** Executes what changes something, and frames its outcome as its plane demands (iggy-vsr-0.11 §1.6). */
export function executeWrite(
  parts: SessionParts,
  request: Request,
  served: Served,
  caller: Caller,
): Buffer | Later<Buffer> {
  return isMetadata(request.header.operation)
    ? metadata(parts, request, served, caller)
    : partition(parts, request, served, caller);
}

function partition(
  parts: SessionParts,
  { header, body }: Request,
  served: Served,
  caller: Caller,
): Buffer {
  try {
    const payload = atOnce(served.run(body, { state: parts.state, caller }));
    return commit(
      parts,
      header,
      isResultFramed(header.operation) ? encodeAccepted(payload) : payload,
    );
  } catch (error) {
    if (error instanceof Refusal) return deny(parts, header, error.code);
    throw error;
  }
}

/** The plane on which a request may be sent again and is done once (iggy-vsr-0.11 §2.8). */
function metadata(
  parts: SessionParts,
  request: Request,
  served: Served,
  caller: Caller,
): Buffer | Later<Buffer> {
  const { header } = request;
  const recollection = parts.clients.recall(caller.clientId, header);
  switch (recollection.kind) {
    case 'new':
      if (!fits(header.operation, parts.state.room())) {
        return reject(parts, header, STATUS.TransientNotAccepted);
      }
      return metadataOnce(parts, request, served, caller);
    case 'repeated':
      return recollection.frame;
    case 'applied':
      return commit(parts, header, encodeRejected(STATUS.RequestAlreadyApplied));
    case 'conflict':
      return deny(parts, header, STATUS.InvalidCommand);
  }
}

function fits(operation: number, room: Room): boolean {
  if (room === 'none') return FREEING.has(operation);
  return room === 'enough' || !GROWING.has(operation);
}

function metadataOnce(
  parts: SessionParts,
  { header, body }: Request,
  served: Served,
  caller: Caller,
): Buffer | Later<Buffer> {
  const outcome = (finish: () => Buffer) => metadataOutcome(parts, header, served, caller, finish);
  let payload: Buffer | Later<Buffer>;
  try {
    payload = served.run(body, { state: parts.state, caller });
  } catch (error) {
    return outcome(() => {
      throw error;
    });
  }
  return payload instanceof Later ? payload.through(outcome) : outcome(() => payload);
}

function metadataOutcome(
  parts: SessionParts,
  header: RequestHeader,
  served: Served,
  caller: Caller,
  finish: () => Buffer,
): Buffer {
  try {
    const payload = finish();
    const frame = commit(parts, header, encodeAccepted(payload));
    // Whoever asks again for a secret hears that it exists, and no more.
    const again = served.secret
      ? commit(parts, header, encodeRejected(STATUS.PersonalAccessTokenAlreadyExists))
      : frame;
    parts.clients.remember(caller.clientId, header, again);
    return frame;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What was never admitted left no trace, and may come again under the same number.
    if (!error.admitted) return deny(parts, header, error.code);
    const frame = commit(parts, header, encodeRejected(error.code));
    parts.clients.remember(caller.clientId, header, frame);
    return frame;
  }
}

function commit({ position, state }: SessionParts, header: RequestHeader, body: Buffer): Buffer {
  const operation = replyOperation(header.operation);
  return committedReply(header, operation, position.advance(), state.clock.nowMicros(), body);
}

/** Refused in the result section, and not remembered: it may come again under the same number. */
export function reject(parts: SessionParts, header: RequestHeader, code: number): Buffer {
  return commit(parts, header, encodeRejected(code));
}

/** Of commands that never take their time. */
function atOnce(payload: Buffer | Later<Buffer>): Buffer {
  invariant(!(payload instanceof Later), 'only metadata operations may take their time');
  return payload;
}

export function deny({ position }: SessionParts, header: RequestHeader, status: number): Buffer {
  return denial(header, status, 0n, position.current);
}
