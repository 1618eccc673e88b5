/** The whole public face of the library: bytes to values and back, for both ends of the wire. */
export { ByteReader, ByteWriter, WireError } from './bytes.ts';
export { xxh3, xxh32 } from './hash.ts';
export { STATUS, statusName, type StatusName } from './status.ts';
export type * from './vsr/commands/clients.ts';
export type * from './vsr/commands/cluster-node.ts';
export type * from './vsr/commands/groups.ts';
export * as commands from './vsr/commands/index.ts';
export * from './vsr/commands/index.ts';
export type * from './vsr/commands/messages.ts';
export type * from './vsr/commands/offsets.ts';
export type * from './vsr/commands/partitions.ts';
export type * from './vsr/commands/routing.ts';
export type * from './vsr/commands/session.ts';
export { clientVersion, readCredentials } from './vsr/commands/session.ts';
export type * from './vsr/commands/stats.ts';
export type * from './vsr/commands/streams.ts';
export type * from './vsr/commands/system.ts';
export type * from './vsr/commands/tokens.ts';
export type * from './vsr/commands/topic-header.ts';
export type * from './vsr/commands/topic-target.ts';
export type * from './vsr/commands/topics.ts';
export type * from './vsr/commands/user-details.ts';
export type * from './vsr/commands/users.ts';
export { decodeBody, EMPTY, type Empty, encodeBody } from './vsr/codec.ts';
export type { Codec, Command } from './vsr/command.ts';
export type { Consumer } from './vsr/consumer.ts';
export {
  composeReply,
  decodeRequest,
  decodeServerFrame,
  encodeEviction,
  encodeReply,
  encodeRequest,
  FrameDecoder,
  type Request,
  type ServerFrame,
} from './vsr/frame.ts';
export {
  type EvictionHeader,
  HEADER_BYTES,
  type ReplyHeader,
  type RequestHeader,
} from './vsr/header.ts';
export type { Identifier } from './vsr/identifier.ts';
export type { BatchHeader } from './vsr/batch-header.ts';
export { BatchChecksumError, MessageChecksumError } from './vsr/batch-checksum.ts';
export {
  type BatchMessage,
  type BatchStamp,
  checkBatch,
  encodeBatch,
  stampBatch,
} from './vsr/message-batch.ts';
export {
  type BatchSlice,
  type PolledMessage,
  readRecords,
  sliceBatch,
} from './vsr/batch-records.ts';
export {
  evictionCode,
  EvictionReason,
  isOperation,
  Operation,
  replyOperation,
} from './vsr/operations.ts';
export {
  type Option,
  OPTIONS_BYTES_MAX,
  OPTIONS_MAX,
  readOptions,
  writeOptions,
} from './vsr/options.ts';
export type { Partitioning } from './vsr/partitioning.ts';
export {
  type GlobalPermissions,
  type Permissions,
  readSizedPermissions,
  type StreamPermissions,
  type TopicPermissions,
  writeSizedPermissions,
} from './vsr/permissions.ts';
export type { PollingStrategy } from './vsr/polling-strategy.ts';
export {
  encodeAccepted,
  encodeRejected,
  isResultFramed,
  type Outcome,
  replyOutcome,
  splitResult,
} from './vsr/result-section.ts';
export type { TypedBytes } from './vsr/tlv.ts';
export { decodeUserHeaders, encodeUserHeaders, type UserHeader } from './vsr/user-headers.ts';
export { acceptsVersion, packVersion, PROTOCOL_VERSION } from './vsr/version.ts';
