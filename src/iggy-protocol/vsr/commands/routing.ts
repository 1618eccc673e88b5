import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import { type ClusterNode, readClusterNode, writeClusterNode } from './cluster-node.ts';
import {
  type PollMessagesRequest,
  pollMessagesRequest,
  type PollMessagesResponse,
  pollMessagesResponse,
} from './messages.ts';
import { offsetTarget, type OffsetTarget } from './offsets.ts';

/** Another connection's session, for a data connection to act for it (iggy-vsr-0.11 §3.11). */
export interface ConsumerSession {
  clientId: bigint;
  session: bigint;
  metadataWatermark: bigint;
}

/**
 *     client_id           u128
 *     session             u64
 *     metadata_watermark  u64
 */
const consumerSession: Codec<ConsumerSession> = {
  write(out, { clientId, session, metadataWatermark }) {
    out.u128(clientId).u64(session).u64(metadataWatermark);
  },
  read: (input) => ({
    clientId: input.u128(),
    session: input.u64(),
    metadataWatermark: input.u64(),
  }),
};

export const attachConsumerSession: Command<ConsumerSession, Empty> = {
  name: 'attach_consumer_session',
  code: 14,
  operation: Operation.NonReplicated,
  request: consumerSession,
  response: empty,
};

export interface Route extends ConsumerSession {
  primary: ClusterNode;
}

/**
 *     session  ConsumerSession
 *     primary  ClusterNode
 */
const route: Codec<Route> = {
  write(out, value) {
    consumerSession.write(out, value);
    writeClusterNode(out, value.primary);
  },
  read: (input) => ({ ...consumerSession.read(input), primary: readClusterNode(input) }),
};

/** Takes the poll that is going to be made. */
export const getPollRouting: Command<PollMessagesRequest, Route> = {
  name: 'get_poll_routing',
  code: 103,
  operation: Operation.NonReplicated,
  request: pollMessagesRequest,
  response: route,
};

export const pollMessagesOnPrimary: Command<PollMessagesRequest, PollMessagesResponse> = {
  name: 'poll_messages_on_primary',
  code: 104,
  operation: Operation.NonReplicated,
  request: pollMessagesRequest,
  response: pollMessagesResponse,
};

export const getConsumerOffsetRouting: Command<OffsetTarget, Route> = {
  name: 'get_consumer_offset_routing',
  code: 123,
  operation: Operation.NonReplicated,
  request: offsetTarget,
  response: route,
};
