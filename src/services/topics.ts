import type { Topic as IggyTopic } from '../iggy-client/port.ts';
import type { ResourceName, TopicPath } from '../models/name.ts';
import type { NewTopic, Topic } from '../models/topic.ts';
import { streamNotFound, topicNotFound } from './not-found.ts';
import type { BrokerAccess, StreamService } from './streams.ts';
import type { Operation } from './translate-error.ts';

/** Topics by the names of their stream and their own. Every function rejects with a GatewayError. */
export interface TopicService {
  list(stream: ResourceName, signal: AbortSignal): Promise<Topic[]>;
  create(stream: ResourceName, topic: NewTopic, signal: AbortSignal): Promise<Topic>;
  get(path: TopicPath, signal: AbortSignal): Promise<Topic>;
  /** Deletes it with everything in it. */
  remove(path: TopicPath, signal: AbortSignal): Promise<void>;
}

const READING: Operation = { family: 'topic', writes: false };
const WRITING: Operation = { family: 'topic', writes: true };

export function topicService({
  client,
  askBroker,
  streams,
}: BrokerAccess & { streams: StreamService }): TopicService {
  return {
    // The broker names a topic's stream only by what was asked for: its id is looked up first.
    async list(stream, signal) {
      const { id } = await streams.get(stream, signal);
      const topics = await askBroker({ ...READING, stream }, () =>
        client.listTopics(stream, { signal }),
      );
      if (!topics) throw streamNotFound(stream);
      return topics.map((topic) => inStream(id, topic));
    },

    async create(stream, { name, partitions, options }, signal) {
      const { id } = await streams.get(stream, signal);
      const operation = { ...WRITING, stream, topic: name, options: Object.keys(options) };
      const topic = await askBroker(operation, () =>
        client.createTopic(stream, { name, partitionsCount: partitions, options }, { signal }),
      );
      return inStream(id, topic);
    },

    async get({ stream, topic }, signal) {
      const { id } = await streams.get(stream, signal);
      const found = await askBroker({ ...READING, stream, topic }, () =>
        client.getTopic(stream, topic, { signal }),
      );
      if (!found) throw topicNotFound(stream, topic);
      return inStream(id, found);
    },

    remove: ({ stream, topic }, signal) =>
      askBroker({ ...WRITING, stream, topic }, () => client.deleteTopic(stream, topic, { signal })),
  };
}

function inStream(streamId: number, topic: IggyTopic): Topic {
  return { ...topic, streamId };
}
