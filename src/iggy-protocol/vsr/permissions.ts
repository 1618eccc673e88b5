import { ByteReader, ByteWriter } from '../bytes.ts';

export interface GlobalPermissions {
  manageServers: boolean;
  readServers: boolean;
  manageUsers: boolean;
  readUsers: boolean;
  manageStreams: boolean;
  readStreams: boolean;
  manageTopics: boolean;
  readTopics: boolean;
  pollMessages: boolean;
  sendMessages: boolean;
}

export interface TopicPermissions {
  topicId: number;
  manageTopic: boolean;
  readTopic: boolean;
  pollMessages: boolean;
  sendMessages: boolean;
}

export interface StreamPermissions {
  streamId: number;
  manageStream: boolean;
  readStream: boolean;
  manageTopics: boolean;
  readTopics: boolean;
  pollMessages: boolean;
  sendMessages: boolean;
  topics: readonly TopicPermissions[];
}

/** What a user may do. The ids need not exist. */
export interface Permissions {
  global: GlobalPermissions;
  streams: readonly StreamPermissions[];
}

/**
 * Permissions (iggy-vsr-0.11 §4); a chain is a flag and, while it is set, an entry and the next flag:
 *
 *     global   10 x bool
 *     streams  chain of
 *       stream_id  u32
 *       rights     6 x bool
 *       topics     chain of
 *         topic_id   u32
 *         rights     4 x bool
 */
function writePermissions(out: ByteWriter, { global, streams }: Permissions): void {
  out.bool(global.manageServers).bool(global.readServers);
  out.bool(global.manageUsers).bool(global.readUsers);
  out.bool(global.manageStreams).bool(global.readStreams);
  out.bool(global.manageTopics).bool(global.readTopics);
  out.bool(global.pollMessages).bool(global.sendMessages);
  writeChain(out, streams, writeStream);
}

function readPermissions(input: ByteReader): Permissions {
  const global = {
    manageServers: input.bool(),
    readServers: input.bool(),
    manageUsers: input.bool(),
    readUsers: input.bool(),
    manageStreams: input.bool(),
    readStreams: input.bool(),
    manageTopics: input.bool(),
    readTopics: input.bool(),
    pollMessages: input.bool(),
    sendMessages: input.bool(),
  };
  return { global, streams: readChain(input, readStream) };
}

function writeStream(out: ByteWriter, stream: StreamPermissions): void {
  out.u32(stream.streamId).bool(stream.manageStream).bool(stream.readStream);
  out.bool(stream.manageTopics).bool(stream.readTopics);
  out.bool(stream.pollMessages).bool(stream.sendMessages);
  writeChain(out, stream.topics, writeTopic);
}

function readStream(input: ByteReader): StreamPermissions {
  return {
    streamId: input.u32(),
    manageStream: input.bool(),
    readStream: input.bool(),
    manageTopics: input.bool(),
    readTopics: input.bool(),
    pollMessages: input.bool(),
    sendMessages: input.bool(),
    topics: readChain(input, readTopic),
  };
}

function writeTopic(out: ByteWriter, topic: TopicPermissions): void {
  out.u32(topic.topicId).bool(topic.manageTopic).bool(topic.readTopic);
  out.bool(topic.pollMessages).bool(topic.sendMessages);
}

function readTopic(input: ByteReader): TopicPermissions {
  return {
    topicId: input.u32(),
    manageTopic: input.bool(),
    readTopic: input.bool(),
    pollMessages: input.bool(),
    sendMessages: input.bool(),
  };
}

function writeChain<Item>(
  out: ByteWriter,
  items: readonly Item[],
  write: (out: ByteWriter, item: Item) => void,
): void {
  for (const item of items) write(out.bool(true), item);
  out.bool(false);
}

function readChain<Item>(input: ByteReader, read: (input: ByteReader) => Item): Item[] {
  const items: Item[] = [];
  while (input.bool()) items.push(read(input));
  return items;
}

/**
 * Permissions with more behind them:
 *
 *     length       u32            bytes
 *     permissions  Permissions
 */
export function writeSizedPermissions(out: ByteWriter, permissions: Permissions): void {
  const block = new ByteWriter();
  writePermissions(block, permissions);
  out.u32(block.length).bytes(block.finish());
}

export function readSizedPermissions(input: ByteReader): Permissions {
  const block = new ByteReader(input.bytes(input.u32()));
  const permissions = readPermissions(block);
  block.end();
  return permissions;
}
