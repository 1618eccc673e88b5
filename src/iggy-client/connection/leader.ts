import {
  type ClusterMetadata,
  commands,
  decodeBody,
  EMPTY,
  replyOutcome,
  WireError,
} from '../../iggy-protocol/index.ts';
import { type Clock, sleep } from '../../utils/clock.ts';
import type { Conversation, RequestFrame } from './conversation.ts';
import type { Address } from './duplex.ts';
import { encodeCommand } from './request.ts';

/** While a cluster has no healthy leader: how often, and how long, it is asked again (iggy-vsr-0.11 §2.11). */
const ELECTION_POLL_MS = 250;
const ELECTION_WAIT_MS = 5_000;

const LEADER = 0;
const HEALTHY = 0;

/** Around an IPv6 address, where a port follows; no part of what can be dialed. */
const BRACKETS = /^\[(.*)\]$/;

export const ASK_FOR_CLUSTER = encodeCommand(commands.getClusterMetadata, EMPTY);

/** Who takes the writes, as seen from one node. */
export type Leadership =
  | { readonly kind: 'here' }
  | { readonly kind: 'elsewhere'; readonly address: Address }
  | { readonly kind: 'nobody' };

/** A roster of one is where we are, whatever address it advertises (iggy-vsr-0.11 §2.11). */
export function leadershipOf({ nodes }: ClusterMetadata, current: Address): Leadership {
  if (nodes.length <= 1) return { kind: 'here' };
  const leader = nodes.find(({ role, status }) => role === LEADER && status === HEALTHY);
  if (leader === undefined) return { kind: 'nobody' };
  const address = { host: leader.ip.replace(BRACKETS, '$1'), port: leader.tcp };
  return isSame(address, current) ? { kind: 'here' } : { kind: 'elsewhere', address };
}

/**
 * Asks the cluster where its leader is, and waits a while for one to be elected. Undefined: stay, for it
 * is here, nobody is, or nobody can say. Never rejects.
 *
 * @param deadlineMs For each answer; then the conversation is ended.
 */
export async function findLeader(
  conversation: Conversation,
  frame: () => RequestFrame,
  current: Address,
  { clock, deadlineMs }: { clock: Clock; deadlineMs: number },
): Promise<Address | undefined> {
  const endsMs = clock.monotonicMs() + ELECTION_WAIT_MS;
  for (;;) {
    const answer = await conversation.exchange(frame(), deadlineMs);
    if (answer.kind === 'ended') return undefined;
    try {
      const outcome = replyOutcome(answer.header, answer.body);
      if (!outcome.ok) return undefined;
      const metadata = decodeBody(commands.getClusterMetadata.response, outcome.payload);
      const leadership = leadershipOf(metadata, current);
      if (leadership.kind === 'elsewhere') return leadership.address;
      if (leadership.kind === 'here' || clock.monotonicMs() >= endsMs) return undefined;
      await sleep(clock, ELECTION_POLL_MS, conversation.over);
    } catch (error) {
      // What cannot be read says nothing; neither does a conversation that ended during the wait.
      if (error instanceof WireError || conversation.over.aborted) return undefined;
      throw error;
    }
  }
}

export function isSame(one: Address, other: Address): boolean {
  return one.port === other.port && plainHost(one.host) === plainHost(other.host);
}

/** Several ways to write the same address. */
function plainHost(host: string): string {
  const plain = host
    .toLowerCase()
    .replace(BRACKETS, '$1')
    .replace(/^::ffff:/, '');
  return plain === 'localhost' ? '127.0.0.1' : plain;
}
