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
import { catalogTotals } from '../catalog.ts';
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
  serve(getStats, (_request, { state }) => stats(state)),
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
  serve(getMe, (_request, { caller }) => clientDetails(caller.connection)),
  serve(getClient, ({ clientId }, { state }) => {
    const connection = state.connections().find(({ id }) => id === clientId);
    return connection === undefined ? null : clientDetails(connection);
  }),
  serve(getClients, (_request, { state }: Call) => ({
    clients: state.connections().map(client),
  })),
];

function client({ id, address, userId }: ConnectionView): Client {
  return {
    clientId: id,
    userId: userId ?? NOBODY,
    transport: TRANSPORT_TCP,
    address,
    consumerGroupsCount: 0,
  };
}

function clientDetails(connection: ConnectionView): ClientDetails {
  return { client: client(connection), consumerGroups: [] };
}

function stats(state: BrokerState): Stats {
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
    // Each partition is one open segment.
    segmentsCount: catalog.partitionsCount,
    clientsCount: state.connections().length,
    consumerGroupsCount: 0,
    serverVersion: SERVER_VERSION,
    serverSemver: SERVER_SEMVER,
    cacheMetrics: [],
  };
}
