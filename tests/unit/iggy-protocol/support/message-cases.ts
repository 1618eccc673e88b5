import * as fc from 'fast-check';

import { commands, EMPTY } from '../../../../src/iggy-protocol/index.ts';
import * as any from './arbitraries.ts';
import { type Case, cases } from './case.ts';

const nothing = fc.constant(EMPTY);
const topicTarget = fc.record({ stream: any.identifier, topic: any.identifier });
const groupTarget = fc.record({
  stream: any.identifier,
  topic: any.identifier,
  group: any.identifier,
});

const poll = fc.record({
  consumer: any.consumer,
  stream: any.identifier,
  topic: any.identifier,
  partition: fc.option(any.u32),
  strategy: any.strategy,
  count: any.u32,
  autoCommit: any.bool,
});

const polled = fc.record({
  partition: any.u32,
  currentOffset: any.u64,
  messagesCount: any.u32,
  records: any.bytes,
});

const sendAndPollCases = [
  ...cases(
    commands.sendMessages,
    fc.record({
      stream: any.identifier,
      topic: any.identifier,
      partitioning: any.partitioning,
      messagesCount: any.u32,
      batch: any.bytes,
    }),
    fc.record({
      confirmations: fc.array(
        fc.record({
          streamId: any.u32,
          topicId: any.u32,
          partitionId: any.u32,
          baseOffset: any.u64,
        }),
        { maxLength: 3 },
      ),
    }),
  ),
  ...cases(commands.pollMessages, poll, polled),
  ...cases(
    commands.flushUnsavedBuffer,
    fc.record({
      stream: any.identifier,
      topic: any.identifier,
      partition: any.u32,
      fsync: any.bool,
    }),
    nothing,
  ),
];

const offsetTarget = {
  consumer: any.consumer,
  stream: any.identifier,
  topic: any.identifier,
  partition: fc.option(any.u32),
};
const ack = fc.constantFrom<0 | 1>(0, 1);

const offsetCases = [
  ...cases(
    commands.getConsumerOffset,
    fc.record(offsetTarget),
    fc.option(fc.record({ partition: any.u32, currentOffset: any.u64, storedOffset: any.u64 })),
  ),
  ...cases(
    commands.storeConsumerOffset,
    fc.record({ ...offsetTarget, offset: any.u64, ack }),
    nothing,
  ),
  ...cases(commands.deleteConsumerOffset, fc.record({ ...offsetTarget, ack }), nothing),
];

const groupDetails = fc
  .record({
    group: any.group,
    members: fc.array(fc.record({ id: any.u32, partitions: fc.array(any.u32) }), { maxLength: 3 }),
  })
  .map(({ group, members }) => ({ group: { ...group, membersCount: members.length }, members }));

const groupCases = [
  ...cases(commands.getConsumerGroup, groupTarget, fc.option(groupDetails)),
  ...cases(
    commands.getConsumerGroups,
    topicTarget,
    fc.record({ groups: fc.array(any.group, { maxLength: 4 }) }),
  ),
  ...cases(
    commands.createConsumerGroup,
    fc.record({ stream: any.identifier, topic: any.identifier, name: any.name }),
    groupDetails,
  ),
  ...cases(commands.deleteConsumerGroup, groupTarget, nothing),
  ...cases(commands.joinConsumerGroup, groupTarget, nothing),
  ...cases(commands.leaveConsumerGroup, groupTarget, nothing),
  ...cases(
    commands.syncConsumerGroup,
    groupTarget,
    fc.option(fc.record({ generation: any.u64, partitions: fc.array(any.u32) })),
  ),
];

const consumerSession = { clientId: any.u128, session: any.u64, metadataWatermark: any.u64 };
const route = fc.record({ ...consumerSession, primary: any.clusterNode });

const routingCases = [
  ...cases(commands.attachConsumerSession, fc.record(consumerSession), nothing),
  ...cases(commands.getPollRouting, poll, route),
  ...cases(commands.pollMessagesOnPrimary, poll, polled),
  ...cases(commands.getConsumerOffsetRouting, fc.record(offsetTarget), route),
];

/** Messages and who reads them: offsets, groups, routing. */
export const messageCases: readonly Case[] = [
  ...sendAndPollCases,
  ...offsetCases,
  ...groupCases,
  ...routingCases,
];
