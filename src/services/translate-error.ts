import { type ErrorCode, GatewayError } from '../errors.ts';
import { IggyError } from '../iggy-client/errors.ts';
import type { ConnectionStatus } from '../iggy-client/port.ts';
import { IGGY_CODE } from './iggy-codes.ts';
import type { Phase } from './lifecycle.ts';
import { offsetNotFound, partitionNotFound, streamNotFound, topicNotFound } from './not-found.ts';

/** What was asked of the broker. */
export interface Operation {
  family: 'stream' | 'topic' | 'send' | 'poll' | 'offset';
  /** Changes something; a committing poll does. */
  writes: boolean;
  stream?: string;
  topic?: string;
  partitionId?: number;
  consumerId?: number;
  /** Names of the options a topic was to be made with. */
  options?: readonly string[];
}

/** Why a request is not even tried. */
export const CIRCUIT_OPEN = 'The broker failed too often of late, and is spared for a while';

/** What else decides how a failure is told. */
export interface Surroundings {
  phase: () => Phase;
  status: () => ConnectionStatus;
}

/** Runs a call to the broker; its failure comes out as a GatewayError. */
export type AskBroker = <T>(operation: Operation, call: () => Promise<T>) => Promise<T>;

export function askBrokerWithin(surroundings: Surroundings): AskBroker {
  return async function askBroker(operation, call) {
    try {
      return await call();
    } catch (error) {
      throw error instanceof IggyError ? translate(error, operation, surroundings) : error;
    }
  };
}

/**
 * The only place where a failure of the broker becomes one of the gateway (architecture §3, number 1).
 * Whatever is said of a write, except `outcome_unknown`, promises that it did not happen: the client
 * library's kinds promise the same.
 */
function translate(
  error: IggyError,
  operation: Operation,
  { phase, status }: Surroundings,
): GatewayError {
  const fail = (code: ErrorCode, message: string): GatewayError =>
    new GatewayError(code, message, { cause: error });
  switch (error.kind) {
    case 'refused':
      return translateRefusal(error, operation);
    case 'overloaded':
      return fail('overloaded', 'Too many requests are waiting for the broker');
    case 'lost':
      return translateLoss(error, status());
    case 'timeout':
      return operation.writes
        ? fail('overloaded', 'The request was still waiting for the broker at its deadline')
        : fail('timeout', 'The broker did not answer before the deadline');
    case 'wire':
      return fail(FAMILY_CODES[operation.family], 'The answer of the broker was not understood');
    case 'circuit-open':
      return translateOpenCircuit(error, status());
    case 'closed':
      return phase() === 'draining'
        ? fail('draining', 'The gateway is shutting down')
        : fail('connection_failed', 'The gateway has given up connecting to the broker');
    case 'outcome-unknown':
      return fail('outcome_unknown', describeUnknown(operation));
  }
}

const FAMILY_CODES = {
  stream: 'stream_error',
  topic: 'topic_error',
  send: 'send_error',
  poll: 'poll_error',
  offset: 'poll_error',
} as const satisfies Record<Operation['family'], ErrorCode>;

function translateLoss(cause: IggyError, status: ConnectionStatus): GatewayError {
  if (!status.permanentFailure) {
    return new GatewayError('disconnected', 'The broker cannot be reached at the moment', {
      cause,
    });
  }
  const reason = status.lastFailure ?? 'it does not say why';
  return new GatewayError('connection_failed', `The broker refuses the gateway: ${reason}`, {
    cause,
  });
}

/** A broker that does not want us is told so: waiting for the circuit would not help. */
function translateOpenCircuit(cause: IggyError, status: ConnectionStatus): GatewayError {
  if (status.permanentFailure) return translateLoss(cause, status);
  // In half-open it depends on the probe under way, which is a matter of moments.
  const retryAfterSecs = Math.max(1, Math.ceil((cause.retryAfterMs ?? 0) / 1000));
  return new GatewayError('circuit_open', CIRCUIT_OPEN, {
    cause,
    headers: { 'Retry-After': String(retryAfterSecs) },
  });
}

function describeUnknown({ family }: Operation): string {
  switch (family) {
    case 'send':
      return (
        'The messages may or may not have been stored. ' +
        'Send them again only with the same event ids, by which duplicates can be told'
      );
    case 'poll':
      return 'The offset may or may not have been committed; polling again may skip messages';
    case 'offset':
      return 'The offset may or may not have been changed; asking for it again is harmless';
    case 'stream':
    case 'topic':
      return 'The change may or may not have been made; look before asking for it again';
  }
}

/** Of a refusal that came without a code, which no case below knows. */
const UNKNOWN_CODE = -1;

function translateRefusal(cause: IggyError, operation: Operation): GatewayError {
  const { stream = '', topic = '' } = operation;
  switch (cause.code ?? UNKNOWN_CODE) {
    case IGGY_CODE.streamIdNotFound:
    case IGGY_CODE.streamNameNotFound:
      return streamNotFound(stream, cause);
    case IGGY_CODE.topicIdNotFound:
    case IGGY_CODE.topicNameNotFound:
      return topicNotFound(stream, topic, cause);
    case IGGY_CODE.partitionNotFound:
    case IGGY_CODE.noPartitions:
      return partitionNotFound({ ...operation, stream, topic }, cause);
    case IGGY_CODE.consumerOffsetNotFound:
      return offsetNotFound({ ...operation, stream, topic }, cause);
    case IGGY_CODE.invalidOffset:
      return refusedField(cause, '/offset', "is beyond the partition's last message");
    case IGGY_CODE.resourceNotFound:
      return new GatewayError(
        'not_found',
        `Stream '${stream}', or what was named in it, does not exist`,
        { cause },
      );
    case IGGY_CODE.streamNameAlreadyExists:
      return new GatewayError('already_exists', `Stream '${stream}' already exists`, { cause });
    case IGGY_CODE.topicNameAlreadyExists:
      return new GatewayError(
        'already_exists',
        `Topic '${topic}' already exists in stream '${stream}'`,
        { cause },
      );
    case IGGY_CODE.unsupportedOptionKey:
    case IGGY_CODE.invalidOptionValue:
    case IGGY_CODE.optionsBlockTooLarge:
    case IGGY_CODE.invalidTopicSize:
      return refusedOptions(cause, operation);
    case IGGY_CODE.tooManyPartitions:
    case IGGY_CODE.invalidPartitionsCount:
      return refusedField(cause, '/partitions', 'is not accepted by the broker');
    case IGGY_CODE.transientNotAccepted:
      return new GatewayError('overloaded', 'The broker does not take this now', { cause });
    default:
      return new GatewayError(
        FAMILY_CODES[operation.family],
        `The broker refused this with its code ${cause.code}`,
        { cause },
      );
  }
}

/** The broker's code does not say which option it means; of one alone it can be said. */
function refusedOptions(cause: IggyError, { options = [] }: Operation): GatewayError {
  const unknown = cause.code === IGGY_CODE.unsupportedOptionKey;
  const fault = unknown ? 'is not known to the broker' : 'has a value the broker does not accept';
  const [only] = options;
  if (only !== undefined && options.length === 1) {
    return refusedField(
      cause,
      `/options/${only.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      fault,
    );
  }
  return refusedField(cause, '/options', `one of ${options.join(', ')} ${fault}`);
}

function refusedField(cause: IggyError, path: string, message: string): GatewayError {
  const issues = [{ path, message }];
  return new GatewayError('bad_request', `${path} ${message}`, { cause, issues });
}
