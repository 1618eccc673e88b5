import {
  type ConsumerGroup as GroupReply,
  createConsumerGroup,
  deleteConsumerGroup,
  EMPTY,
  getConsumerGroup,
  getConsumerGroups,
  type Identifier,
  joinConsumerGroup,
  leaveConsumerGroup,
  STATUS,
  syncConsumerGroup,
} from '../../iggy-protocol/index.ts';
import type { Topic } from '../catalog.ts';
import { pollable } from '../groups/assignment.ts';
import type { ConsumerGroup } from '../groups/consumer-group.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { requireTopic } from './targets.ts';

/** A missing group is no error to the reads, a missing topic is (iggy-vsr-0.11 §3.7). */
export const groupCommands = [
  serve(getConsumerGroup, (request, { state: { catalog } }) => {
    const group = requireTopic(catalog, request).topic.groups.find(request.group);
    return group === undefined ? null : groupDetails(group);
  }),
  serve(getConsumerGroups, (request, { state: { catalog } }) => ({
    groups: requireTopic(catalog, request).topic.groups.list().map(groupReply),
  })),
  serve(createConsumerGroup, (request, { state: { catalog } }) =>
    groupDetails(requireTopic(catalog, request).topic.groups.create(request.name)),
  ),
  serve(deleteConsumerGroup, (request, { state: { catalog } }) => {
    const { topic } = requireTopic(catalog, request);
    topic.groups.delete(requireGroup(topic, request.group));
    return EMPTY;
  }),
  serve(joinConsumerGroup, (request, { state: { catalog, clock }, caller }) => {
    const { topic } = requireTopic(catalog, request);
    requireGroup(topic, request.group).join(caller.clientId, clock.nowMicros());
    return EMPTY;
  }),
  serve(leaveConsumerGroup, (request, { state: { catalog }, caller }) => {
    const { topic } = requireTopic(catalog, request);
    if (!requireGroup(topic, request.group).leave(caller.clientId)) {
      throw new Refusal(STATUS.ConsumerGroupMemberNotFound);
    }
    return EMPTY;
  }),
  serve(syncConsumerGroup, (request, { state: { catalog }, caller }) => {
    const group = requireTopic(catalog, request).topic.groups.find(request.group);
    const share = group?.shareOf(caller.clientId);
    return group && share ? { generation: group.generation, partitions: pollable(share) } : null;
  }),
];

export function requireGroup({ groups }: Topic, identifier: Identifier): ConsumerGroup {
  const group = groups.find(identifier);
  if (group === undefined) throw new Refusal(STATUS.ConsumerGroupIdNotFound);
  return group;
}

function groupReply({ id, name, topic, shares }: ConsumerGroup): GroupReply {
  return { id, partitionsCount: topic.partitions.length, membersCount: shares.length, name };
}

function groupDetails(group: ConsumerGroup) {
  return {
    group: groupReply(group),
    members: group.shares.map(({ memberId: id, partitions }) => ({ id, partitions })),
  };
}
