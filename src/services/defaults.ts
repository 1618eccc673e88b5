import { IggyError } from '../iggy-client/errors.ts';
import type { CallOptions, IggyClient } from '../iggy-client/port.ts';
import { IGGY_CODE } from './iggy-codes.ts';

export interface Defaults {
  stream: string;
  topic: string;
  partitionsCount: number;
}

export type EnsureOutcome =
  | { kind: 'there' }
  /** The circuit is open, or somebody else is just trying the broker: it was not asked. */
  | { kind: 'spared' }
  /** The broker does not let us make them; or it could not be asked. */
  | { kind: 'refused' | 'not-reached'; cause: Error };

/**
 * Makes the default stream and topic where they are missing. Several replicas may race for it:
 * whoever finds that another one was faster is done as well (http-contract §7, number 9).
 */
export async function ensureDefaults(
  client: IggyClient,
  { stream, topic, partitionsCount }: Defaults,
  signal: AbortSignal,
): Promise<EnsureOutcome> {
  if (client.status().circuit === 'open') return { kind: 'spared' };
  const call: CallOptions = { signal };
  try {
    if (!(await client.getStream(stream, call))) {
      await unlessItExists(IGGY_CODE.streamNameAlreadyExists, client.createStream(stream, call));
    }
    if (!(await client.getTopic(stream, topic, call))) {
      const wanted = { name: topic, partitionsCount, options: {} };
      const creation = client.createTopic(stream, wanted, call);
      await unlessItExists(IGGY_CODE.topicNameAlreadyExists, creation);
    }
    return { kind: 'there' };
  } catch (cause) {
    if (!(cause instanceof IggyError)) throw cause;
    if (cause.kind === 'circuit-open') return { kind: 'spared' };
    return { kind: cause.kind === 'refused' ? 'refused' : 'not-reached', cause };
  }
}

async function unlessItExists(code: number, creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof IggyError) || error.code !== code) throw error;
  }
}
