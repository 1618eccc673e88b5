import {
  commands,
  type ConsumerGroupDetails,
  decodeBody,
  type Option,
  pollMessages,
  readRecords,
  sendMessages,
} from '../../../../src/iggy-protocol/index.ts';
import { toFields, withTextNumbers } from '../../../support/vectors.ts';

/** Our values in the recorder's spelling, as far as it has one; numbers as text. */
export const RESPELL: Readonly<Record<string, (payload: Buffer) => object>> = {
  create_consumer_group: (payload) =>
    respellGroup(decodeBody(commands.createConsumerGroup.response, payload)),
  create_personal_access_token: (payload) =>
    decodeBody(commands.createPersonalAccessToken.response, payload),
  create_stream(payload) {
    const { name, id, createdAt } = decodeBody(commands.createStream.response, payload);
    return respelled({ stream: { id, name, created_at: createdAt } });
  },
  create_topic(payload) {
    const { topic, partitions } = decodeBody(commands.createTopic.response, payload);
    const { explicitOptions, derivedOptions, compressionAlgorithm, ...header } = topic;
    return respelled({
      topic: {
        ...respellAll({ ...header, compression: compressionAlgorithm }),
        explicit_options: Object.fromEntries(explicitOptions.map(respellOption)),
        derived_options: Object.fromEntries(derivedOptions.map(respellOption)),
      },
      partitions: partitions.map(respellAll),
    });
  },
  get_consumer_group(payload) {
    const details = decodeBody(commands.getConsumerGroup.response, payload);
    return details === null ? {} : respellGroup(details);
  },
  get_consumer_groups: (payload) =>
    decodeBody(commands.getConsumerGroups.response, payload).groups.map(respellAll),
  get_consumer_offset: (payload) =>
    respellAll(decodeBody(commands.getConsumerOffset.response, payload)),
  get_personal_access_tokens: (payload) =>
    decodeBody(commands.getPersonalAccessTokens.response, payload).tokens.map(respellAll),
  get_stats(payload) {
    const stats = decodeBody(commands.getStats.response, payload);
    return respelled({
      process_id: stats.processId,
      total_cpu: stats.totalCpuUsage,
      run_time: stats.runTime,
      messages_size: stats.messagesSizeBytes,
      streams: stats.streamsCount,
      messages: stats.messagesCount,
      groups: stats.consumerGroupsCount,
      kernel: stats.kernelVersion,
      semver: stats.serverSemver,
      total_disk: stats.totalDiskSpace,
    });
  },
  get_users: (payload) =>
    decodeBody(commands.getUsers.response, payload).users.map(({ id, username, createdAt }) =>
      respelled({ id, username, created_at: createdAt }),
    ),
  login(payload) {
    const { serverProtocolVersion, ...rest } = decodeBody(commands.login.response, payload);
    return respellAll({ ...rest, protocolVersion: serverProtocolVersion });
  },
  poll_messages(payload) {
    const { records, ...reply } = decodeBody(pollMessages.response, payload);
    const messages = readRecords(records).map((message) => ({
      offset: message.offset,
      payload_hex: message.payload.toString('hex'),
      user_headers_hex: message.userHeaders.toString('hex'),
    }));
    return respelled({ ...respellAll(reply), messages });
  },
  send_messages: (payload) =>
    decodeBody(sendMessages.response, payload).confirmations.map((it) =>
      respelled({
        stream: it.streamId,
        topic: it.topicId,
        partition: it.partitionId,
        base_offset: it.baseOffset,
      }),
    ),
  sync_consumer_group: (payload) =>
    respellAll(decodeBody(commands.syncConsumerGroup.response, payload)),
};

function respellAll(value: object | null): object {
  return respelled(toFields(value));
}

/** Numbers as text, as the recorder's values are compared. */
function respelled(value: unknown): object {
  const respelledValue = withTextNumbers(value);
  if (typeof respelledValue !== 'object' || respelledValue === null) throw new Error('no fields');
  return respelledValue;
}

function respellGroup({ group, members }: ConsumerGroupDetails): object {
  const named = members.map(({ id, partitions }) => ({ member_id: id, partitions }));
  return respelled({ ...respellAll(group), members: named });
}

function respellOption({ key, kind }: Option): [string, object] {
  return [key, { kind }];
}
