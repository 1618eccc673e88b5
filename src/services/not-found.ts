import { GatewayError } from '../errors.ts';
import { IggyError } from '../iggy-client/errors.ts';
import type { CallOptions, IggyClient } from '../iggy-client/port.ts';
import { IGGY_CODE } from './iggy-codes.ts';

export interface Target {
  stream: string;
  topic: string;
  /** Absent where any would have done. */
  partitionId?: number;
  consumerId?: number;
}

export function streamNotFound(stream: string, cause?: unknown): GatewayError {
  return new GatewayError('not_found', `Stream '${stream}' does not exist`, { cause });
}

export function topicNotFound(stream: string, topic: string, cause?: unknown): GatewayError {
  const message = `Topic '${topic}' does not exist in stream '${stream}'`;
  return new GatewayError('not_found', message, { cause });
}

export function partitionNotFound(target: Target, cause?: unknown): GatewayError {
  const { stream, topic, partitionId } = target;
  const what = partitionId === undefined ? 'no partitions' : `no partition ${partitionId}`;
  const message = `Topic '${topic}' in stream '${stream}' has ${what}`;
  return new GatewayError('not_found', message, { cause });
}

export function offsetNotFound(target: Target, cause?: unknown): GatewayError {
  const { stream, topic, partitionId, consumerId } = target;
  const where = `partition ${partitionId} of topic '${topic}' in stream '${stream}'`;
  const message = `Consumer ${consumerId} has committed no offset in ${where}`;
  return new GatewayError('not_found', message, { cause });
}

/**
 * Makes a general "not found" precise. Real servers refuse a send to a missing stream, topic or partition
 * alike with code 20, so it is looked up which one it is (http-contract §3).
 */
export async function namingWhatIsMissing<T>(
  client: IggyClient,
  target: Target,
  options: CallOptions,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof IggyError) || error.code !== IGGY_CODE.resourceNotFound) throw error;
    throw await findMissing(client, target, error, options);
  }
}

/** Says that the stream or the topic is missing, if one of them is. Rejects if nobody can look. */
export async function findMissingTopic(
  client: IggyClient,
  { stream, topic }: Target,
  options: CallOptions,
  cause?: unknown,
): Promise<GatewayError | undefined> {
  if (!(await client.getStream(stream, options))) return streamNotFound(stream, cause);
  const found = await client.getTopic(stream, topic, options);
  return found ? undefined : topicNotFound(stream, topic, cause);
}

async function findMissing(
  client: IggyClient,
  target: Target,
  refusal: IggyError,
  options: CallOptions,
): Promise<Error> {
  try {
    return (
      (await findMissingTopic(client, target, options, refusal)) ??
      partitionNotFound(target, refusal)
    );
  } catch {
    // Whoever cannot look still knows that it was refused.
    return refusal;
  }
}
