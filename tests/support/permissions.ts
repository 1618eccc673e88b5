import type {
  GlobalPermissions,
  Permissions,
  StreamPermissions,
  TopicPermissions,
} from '../../src/iggy-protocol/index.ts';

const NO_GLOBAL: GlobalPermissions = {
  manageServers: false,
  readServers: false,
  manageUsers: false,
  readUsers: false,
  manageStreams: false,
  readStreams: false,
  manageTopics: false,
  readTopics: false,
  pollMessages: false,
  sendMessages: false,
};

/** No right at all but these. */
export function globally(
  given: Partial<GlobalPermissions>,
  streams: readonly StreamPermissions[] = [],
): Permissions {
  return { global: { ...NO_GLOBAL, ...given }, streams };
}

export function onStream(streamId: number, given: Partial<StreamPermissions>): StreamPermissions {
  return {
    streamId,
    manageStream: false,
    readStream: false,
    manageTopics: false,
    readTopics: false,
    pollMessages: false,
    sendMessages: false,
    topics: [],
    ...given,
  };
}

export function onTopic(topicId: number, given: Partial<TopicPermissions>): TopicPermissions {
  return {
    topicId,
    manageTopic: false,
    readTopic: false,
    pollMessages: false,
    sendMessages: false,
    ...given,
  };
}
