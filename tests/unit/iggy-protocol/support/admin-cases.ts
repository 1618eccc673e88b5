import * as fc from 'fast-check';

import { commands, EMPTY } from '../../../../src/iggy-protocol/index.ts';
import * as any from './arbitraries.ts';
import { type Case, cases } from './case.ts';

const nothing = fc.constant(EMPTY);
const userTarget = fc.record({ user: any.identifier });

const version = { protocolVersion: any.u32, sdkName: any.name, sdkVersion: any.name };
const session = fc.record({
  userId: any.u32,
  session: any.u64,
  serverProtocolVersion: any.u32,
  serverVersion: any.name,
});

const sessionCases = [
  ...cases(
    commands.login,
    fc.record({
      ...version,
      username: any.name,
      password: any.shortText,
      context: any.context,
    }),
    session,
  ),
  ...cases(
    commands.loginWithPat,
    fc.record({ ...version, token: any.shortText, context: any.context }),
    session,
  ),
  ...cases(commands.logout, nothing, nothing),
];

const stats = fc.record({
  processId: any.u32,
  cpuUsage: any.f32,
  totalCpuUsage: any.f32,
  memoryUsage: any.u64,
  totalMemory: any.u64,
  availableMemory: any.u64,
  runTime: any.u64,
  startTime: any.u64,
  readBytes: any.u64,
  writtenBytes: any.u64,
  messagesSizeBytes: any.u64,
  streamsCount: any.u32,
  topicsCount: any.u32,
  partitionsCount: any.u32,
  segmentsCount: any.u32,
  messagesCount: any.u64,
  clientsCount: any.u32,
  consumerGroupsCount: any.u32,
  hostname: any.text,
  osName: any.text,
  osVersion: any.text,
  kernelVersion: any.text,
  serverVersion: any.text,
  serverSemver: fc.option(fc.integer({ min: 1, max: 0xffff_ffff })),
  cacheMetrics: fc.array(
    fc.record({
      streamId: any.u32,
      topicId: any.u32,
      partitionId: any.u32,
      hits: any.u64,
      misses: any.u64,
      hitRatio: any.f32,
    }),
    { maxLength: 3 },
  ),
  threadsCount: any.u32,
  freeDiskSpace: any.u64,
  totalDiskSpace: any.u64,
});

const clientDetails = fc
  .record({
    client: any.client,
    consumerGroups: fc.array(fc.record({ streamId: any.u32, topicId: any.u32, groupId: any.u32 }), {
      maxLength: 4,
    }),
  })
  .map(({ client, consumerGroups }) => ({
    client: { ...client, consumerGroupsCount: consumerGroups.length },
    consumerGroups,
  }));

const systemCases = [
  ...cases(commands.ping, nothing, nothing),
  ...cases(commands.getStats, nothing, stats),
  ...cases(
    commands.getSnapshot,
    fc.record({ compression: any.u8, types: fc.array(any.u8, { maxLength: 255 }) }),
    fc.record({ archive: any.bytes }),
  ),
  ...cases(
    commands.getClusterMetadata,
    nothing,
    fc.record({ name: any.text, nodes: fc.array(any.clusterNode, { maxLength: 3 }) }),
  ),
  ...cases(
    commands.describeOptions,
    fc.record({ scope: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      entries: fc.array(
        fc.record({ key: any.name, kind: any.u8, default: any.bytes, description: any.text }),
        { maxLength: 3 },
      ),
    }),
  ),
  ...cases(commands.getMe, nothing, clientDetails),
  ...cases(commands.getClient, fc.record({ clientId: any.u32 }), fc.option(clientDetails)),
  ...cases(
    commands.getClients,
    nothing,
    fc.record({ clients: fc.array(any.client, { maxLength: 3 }) }),
  ),
];

const userDetails = fc.record({ user: any.user, permissions: fc.option(any.permissions) });

const userCases = [
  ...cases(commands.getUser, userTarget, fc.option(userDetails)),
  ...cases(commands.getUsers, nothing, fc.record({ users: fc.array(any.user, { maxLength: 3 }) })),
  ...cases(
    commands.createUser,
    fc.record({
      username: any.name,
      password: any.shortText,
      status: any.u8,
      permissions: fc.option(any.permissions),
      options: any.options,
    }),
    userDetails,
  ),
  ...cases(
    commands.updateUser,
    fc.record({
      user: any.identifier,
      username: fc.option(any.name),
      status: fc.option(any.u8),
      options: any.options,
    }),
    nothing,
  ),
  ...cases(commands.deleteUser, userTarget, nothing),
  ...cases(
    commands.updatePermissions,
    fc.record({ user: any.identifier, permissions: fc.option(any.permissions) }),
    nothing,
  ),
  ...cases(
    commands.changePassword,
    fc.record({ user: any.identifier, current: any.shortText, new: any.shortText }),
    nothing,
  ),
];

const tokenCases = [
  ...cases(
    commands.getPersonalAccessTokens,
    nothing,
    fc.record({
      tokens: fc.array(fc.record({ name: any.name, expiryAt: any.u64 }), { maxLength: 4 }),
    }),
  ),
  ...cases(
    commands.createPersonalAccessToken,
    fc.record({ name: any.name, expiry: any.u64 }),
    fc.record({ token: any.name }),
  ),
  ...cases(commands.deletePersonalAccessToken, fc.record({ name: any.name }), nothing),
];

/** The server itself: sessions, state, users and tokens. */
export const adminCases: readonly Case[] = [
  ...sessionCases,
  ...systemCases,
  ...userCases,
  ...tokenCases,
];
