import type {
  GlobalPermissions,
  Permissions,
  StreamPermissions,
  TopicPermissions,
} from '../iggy-protocol/index.ts';

/** Its user is always allowed everything (iggy-vsr-0.11 §4). */
export const ROOT_ID = 0;

type StreamRight = Exclude<keyof StreamPermissions, 'streamId' | 'topics'>;
type TopicRight = Exclude<keyof TopicPermissions, 'topicId'>;

/** Who may do something: whoever holds any one of these rights over what it is done to. */
export interface Rights {
  readonly kind: 'rights';
  /** What it is done to, and named by in the request. */
  readonly scope: 'broker' | 'user' | 'stream' | 'topic';
  readonly global: readonly (keyof GlobalPermissions)[];
  readonly stream: readonly StreamRight[];
  readonly topic: readonly TopicRight[];
  /** Users need no right for what they do to themselves. */
  readonly ownToo: boolean;
}

/**
 * `anyone`: who is logged in. `self`: of the caller's own things, so nobody needs a right; but a user
 * that was deleted has none any more.
 */
export type Rule = { readonly kind: 'anyone' } | { readonly kind: 'self' } | Rights;

const ANYONE: Rule = { kind: 'anyone' };
const SELF: Rule = { kind: 'self' };

function rights(scope: Rights['scope'], given: Partial<Rights>): Rights {
  return { kind: 'rights', scope, global: [], stream: [], topic: [], ownToo: false, ...given };
}

const SEE_BROKER = rights('broker', { global: ['manageServers', 'readServers'] });
/** Not of one user: whoever may not manage users is not told which there are, as by the official server. */
const MANAGE_USERS = rights('broker', { global: ['manageUsers'] });
const LIST_USERS = rights('broker', { global: ['manageUsers', 'readUsers'] });
const READ_USER = rights('user', { global: ['manageUsers', 'readUsers'], ownToo: true });
const CHANGE_PASSWORD = rights('user', { global: ['manageUsers'], ownToo: true });

const LIST_STREAMS = rights('broker', { global: ['manageStreams', 'readStreams'] });
const READ_STREAM = rights('stream', {
  global: ['manageStreams', 'readStreams'],
  stream: ['manageStream', 'readStream'],
});
const CREATE_STREAM = rights('broker', { global: ['manageStreams'] });
const MANAGE_STREAM = rights('stream', { global: ['manageStreams'], stream: ['manageStream'] });

const LIST_TOPICS = rights('stream', {
  global: ['manageStreams', 'readStreams', 'manageTopics', 'readTopics'],
  stream: ['manageStream', 'readStream', 'manageTopics', 'readTopics'],
});
const READ_TOPIC = rights('topic', {
  global: LIST_TOPICS.global,
  stream: LIST_TOPICS.stream,
  topic: ['manageTopic', 'readTopic'],
});
const CREATE_TOPIC = rights('stream', {
  global: ['manageStreams', 'manageTopics'],
  stream: ['manageStream', 'manageTopics'],
});
const MANAGE_TOPIC = rights('topic', {
  global: CREATE_TOPIC.global,
  stream: CREATE_TOPIC.stream,
  topic: ['manageTopic'],
});
const POLL = rights('topic', {
  global: [...LIST_TOPICS.global, 'pollMessages'],
  stream: [...LIST_TOPICS.stream, 'pollMessages'],
  topic: ['manageTopic', 'readTopic', 'pollMessages'],
});
const SEND = rights('topic', {
  global: [...CREATE_TOPIC.global, 'sendMessages'],
  stream: [...CREATE_TOPIC.stream, 'sendMessages'],
  topic: ['manageTopic', 'sendMessages'],
});

/**
 * What each command takes, by its name (iggy-vsr-0.11 §4, "permission rules"). Without an entry here no
 * command is served.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  // "stats, clients, snapshot: manage_servers | read_servers"
  get_stats: SEE_BROKER,
  get_snapshot: SEE_BROKER,
  get_client: SEE_BROKER,
  get_clients: SEE_BROKER,
  // "get_me, cluster metadata, PATs, describe: any logged-in user"
  get_me: ANYONE,
  get_cluster_metadata: ANYONE,
  describe_options: ANYONE,
  get_personal_access_tokens: SELF,
  create_personal_access_token: SELF,
  delete_personal_access_token: SELF,

  // "get_users/get_user(other): manage_users | read_users; all user writes (and change_password of
  // another): manage_users"; "own account needs no permission" (§3.8)
  get_users: LIST_USERS,
  get_user: READ_USER,
  create_user: MANAGE_USERS,
  update_user: MANAGE_USERS,
  delete_user: MANAGE_USERS,
  update_permissions: MANAGE_USERS,
  change_password: CHANGE_PASSWORD,

  // "get_streams: global manage/read_streams. get_stream: those or stream manage/read"
  get_streams: LIST_STREAMS,
  get_stream: READ_STREAM,
  // "create_stream: global manage_streams. update/delete/purge stream: global manage_streams | stream
  // manage_stream"
  create_stream: CREATE_STREAM,
  update_stream: MANAGE_STREAM,
  delete_stream: MANAGE_STREAM,
  purge_stream: MANAGE_STREAM,

  // "get_topics: global manage/read_streams/topics | stream manage/read_stream | stream
  // manage/read_topics. get_topic, all six group commands: the same plus topic manage/read"
  get_topics: LIST_TOPICS,
  get_topic: READ_TOPIC,
  get_consumer_group: READ_TOPIC,
  get_consumer_groups: READ_TOPIC,
  create_consumer_group: READ_TOPIC,
  delete_consumer_group: READ_TOPIC,
  join_consumer_group: READ_TOPIC,
  leave_consumer_group: READ_TOPIC,
  sync_consumer_group: READ_TOPIC,
  // "create_topic: global manage_streams|manage_topics | stream manage_stream|manage_topics"
  create_topic: CREATE_TOPIC,
  // "update/delete/purge topic, partitions, segments: those plus topic manage"
  update_topic: MANAGE_TOPIC,
  delete_topic: MANAGE_TOPIC,
  purge_topic: MANAGE_TOPIC,
  create_partitions: MANAGE_TOPIC,
  delete_partitions: MANAGE_TOPIC,
  delete_segments: MANAGE_TOPIC,

  // "poll and the three offset commands: global poll | global read/manage_topics|streams | stream poll |
  // stream manage/read_stream | stream manage/read_topics | topic manage|read|poll"
  poll_messages: POLL,
  get_consumer_offset: POLL,
  store_consumer_offset: POLL,
  delete_consumer_offset: POLL,
  // "send: global send | global manage_streams|manage_topics | stream send | stream
  // manage_stream|manage_topics | topic manage|send"
  send_messages: SEND,
};

export interface TargetIds {
  readonly userId?: number;
  readonly streamId?: number;
  readonly topicId?: number;
}

/** Permissions of one user, made ready to be asked often. Where an id is listed twice, the last counts. */
export class Grants {
  readonly #global: GlobalPermissions | undefined;
  readonly #streams = new Map<number, { rights: StreamPermissions; topics: TopicMap }>();

  constructor(permissions: Permissions | null) {
    this.#global = permissions?.global;
    for (const stream of permissions?.streams ?? []) {
      const topics = new Map(stream.topics.map((topic) => [topic.topicId, topic]));
      this.#streams.set(stream.streamId, { rights: stream, topics });
    }
  }

  hold({ global, stream, topic }: Rights, { streamId, topicId }: TargetIds): boolean {
    const everywhere = this.#global;
    if (everywhere !== undefined && global.some((right) => everywhere[right])) return true;
    if (streamId === undefined) return false;
    const here = this.#streams.get(streamId);
    if (here === undefined) return false;
    if (stream.some((right) => here.rights[right])) return true;
    const narrow = topicId === undefined ? undefined : here.topics.get(topicId);
    return narrow !== undefined && topic.some((right) => narrow[right]);
  }
}

type TopicMap = ReadonlyMap<number, TopicPermissions>;

export function isAllowed(
  rule: Rule,
  userId: number,
  grants: Grants,
  target: TargetIds = {},
): boolean {
  if (rule.kind !== 'rights' || userId === ROOT_ID) return true;
  if (rule.ownToo && target.userId === userId) return true;
  return grants.hold(rule, target);
}
