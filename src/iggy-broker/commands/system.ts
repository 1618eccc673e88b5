import {
  type Client,
  type ClientDetails,
  describeOptions,
  getClient,
  getClients,
  getClusterMetadata,
  getMe,
  getStats,
  type Stats,
} from '../../iggy-protocol/index.ts';
import { catalogTotals, totalGroups, totalSegments } from '../catalog.ts';
import type { BrokerState, Call, ConnectionView } from '../context.ts';
import { SERVER_SEMVER, SERVER_VERSION } from '../server-facts.ts';
import { serve } from '../served.ts';
import { describeTopicOptions } from '../topic-options.ts';

const TRANSPORT_TCP = 1;
const NOBODY = 0xffff_ffff;
const SCOPE_TOPIC = 1;
const LEADER = 0;
const HEALTHY = 0;

export const systemCommands = [
  serve(getStats, (_request, { state }) => statsOf(state)),
  serve(getClusterMetadata, (_request, { caller: { peer } }) => ({
    name: 'single-node',
    // Exactly one node: none makes clients wait, two make them route (iggy-vsr-0.11 §2.11).
    nodes: [
      {
        name: 'iggy-node',
        ip: peer.localIp,
        tcp: peer.localPort,
        quic: 0,
        http: 0,
        websocket: 0,
        role: LEADER,
        status: HEALTHY,
      },
    ],
  })),
  // Streams and users have no options.
  serve(describeOptions, ({ scope }) => ({
    entries: scope === SCOPE_TOPIC ? describeTopicOptions() : [],
  })),
  serve(getMe, (_request, { state, caller }) => clientDetails(state, caller.connection)),
  serve(getClient, ({ clientId }, { state }) => {
    const connection = state.connections().find(({ id }) => id === clientId);
    return connection === undefined ? null : clientDetails(state, connection);
  }),
  serve(getClients, (_request, { state }: Call) => ({
    clients: state.connections().map((connection) => clientDetails(state, connection).client),
  })),
];

function clientDetails({ catalog }: BrokerState, connection: ConnectionView): ClientDetails {
  const { id, address, userId, clientId } = connection;
  const groups = clientId === undefined ? [] : catalog.memberships.of(clientId);
  const client: Client = {
    clientId: id,
    userId: userId ?? NOBODY,
    transport: TRANSPORT_TCP,
    address,
    consumerGroupsCount: groups.length,
  };
  const consumerGroups = groups.map(({ id: groupId, topic: { streamId, topicId } }) => ({
    streamId,
    topicId,
    groupId,
  }));
  return { client, consumerGroups };
}

export function statsOf(state: BrokerState): Stats {
  const { catalog, clock, startedAtMicros } = state;
  const { sizeBytes, messagesCount } = catalogTotals(catalog);
  let topicsCount = 0;
  for (const stream of catalog.streams) topicsCount += stream.topics.size;
  return {
    ...state.hostFacts(),
    runTime: clock.nowMicros() - startedAtMicros,
    startTime: startedAtMicros,
    messagesSizeBytes: sizeBytes,
    messagesCount,
    streamsCount: catalog.streams.size,
    topicsCount,
    partitionsCount: catalog.partitionsCount,
    segmentsCount: totalSegments(catalog),
    clientsCount: state.connections().length,
    consumerGroupsCount: totalGroups(catalog),
    serverVersion: SERVER_VERSION,
    serverSemver: SERVER_SEMVER,
    cacheMetrics: [],
  };
}
