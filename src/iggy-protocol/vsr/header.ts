import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';
import { Operation } from './operations.ts';

/** Every frame starts with this many bytes, in both directions. */
export const HEADER_BYTES = 256;
/** Where a header says how long its frame is, in a u32. */
export const SIZE_AT = 48;

const COMMAND_REQUEST = 5;
const COMMAND_REPLY = 8;
const COMMAND_EVICTION = 13;

interface Prefix {
  cluster: bigint;
  sizeBytes: number;
  view: number;
  command: number;
  replica: number;
}

/**
 * What all headers share (iggy-vsr-0.11 §1.1). Here and below, what is reserved is written 0 and,
 * except in evictions, ignored when read. Frames between client and server are not sealed: their checksums are 0.
 *
 *     checksum        u128    0
 *     checksum_body   u128    0
 *     cluster         u128    0 from clients
 *     size            u32     header and body
 *     view            u32     0 from clients
 *     release         u32     0
 *     command         u8      5 request, 8 reply, 13 eviction
 *     replica         u8      0 from clients
 *     reserved        66
 */
function writePrefix(out: ByteWriter, prefix: Prefix): void {
  out.zeros(32).u128(prefix.cluster).u32(prefix.sizeBytes).u32(prefix.view).u32(0);
  out.u8(prefix.command).u8(prefix.replica).zeros(66);
}

function readPrefix(input: ByteReader): Prefix {
  const frameBytes = input.remaining;
  input.bytes(32);
  const cluster = input.u128();
  const sizeBytes = input.u32();
  const view = input.u32();
  input.u32();
  const command = input.u8();
  const replica = input.u8();
  input.bytes(66);
  if (sizeBytes !== frameBytes) {
    throw new WireError(`a frame of ${frameBytes} bytes declares ${sizeBytes}`);
  }
  return { cluster, sizeBytes, view, command, replica };
}

export interface RequestHeader {
  /** The logical client: random, not 0, the same on every frame of a session. u128. */
  client: bigint;
  /** XXH3-64 of the body, or 0 for "not given". u128. */
  requestChecksum: bigint;
  /** Any value; direct replies echo it. */
  timestamp: bigint;
  /** The request's number (iggy-vsr-0.11 §1.5). */
  request: bigint;
  /** See `Operation`; a reader takes any byte, its caller decides what to do about unknown ones. */
  operation: number;
  /** From the login reply; 0 before login. */
  session: bigint;
  /** 0; servers overwrite it. */
  userId: number;
  /** The command's code if the operation is NonReplicated, else null: then it does not travel. */
  code: number | null;
}

/**
 * Request (iggy-vsr-0.11 §1.2), after the prefix:
 *
 *     client            u128
 *     request_checksum  u128
 *     timestamp         u64
 *     request           u64
 *     operation         u8
 *     padding           7
 *     session           u64
 *     user_id           u32
 *     code              u32     NonReplicated only, else reserved
 *     reserved          56
 */
export function writeRequestHeader(
  out: ByteWriter,
  header: RequestHeader,
  sizeBytes: number,
): void {
  if ((header.code !== null) !== (header.operation === Operation.NonReplicated)) {
    throw new WireError(`operation ${header.operation} does not go with code ${header.code}`);
  }
  writePrefix(out, { cluster: 0n, sizeBytes, view: 0, command: COMMAND_REQUEST, replica: 0 });
  out.u128(header.client).u128(header.requestChecksum).u64(header.timestamp).u64(header.request);
  out.u8(header.operation).zeros(7).u64(header.session);
  out
    .u32(header.userId)
    .u32(header.code ?? 0)
    .zeros(56);
}

export function readRequestHeader(input: ByteReader): RequestHeader {
  const { command } = readPrefix(input);
  if (command !== COMMAND_REQUEST) throw new WireError(`command ${command} is not a request`);
  const client = input.u128();
  const requestChecksum = input.u128();
  const timestamp = input.u64();
  const request = input.u64();
  const operation = input.u8();
  input.bytes(7);
  const session = input.u64();
  const userId = input.u32();
  const codeField = input.u32();
  input.bytes(56);
  const code = operation === Operation.NonReplicated ? codeField : null;
  return { client, requestChecksum, timestamp, request, operation, session, userId, code };
}

export interface ReplyHeader {
  /** Echo of the request's. u128. */
  requestChecksum: bigint;
  /** Mostly an echo; not to be relied on. u128. */
  client: bigint;
  /** Log position of a committed reply, session of a read; of no use to clients. */
  op: bigint;
  commit: bigint;
  /** Server time in microseconds on committed replies, else an echo of the request's. */
  timestamp: bigint;
  /** Echo of the request's number. */
  request: bigint;
  /** The request's, as `replyOperation` maps it. */
  operation: number;
  /** 0, or an error code decided before execution; then there is no body. */
  status: number;
  cluster: bigint;
  view: number;
  replica: number;
}

/**
 * Reply (iggy-vsr-0.11 §1.3), after the prefix:
 *
 *     request_checksum  u128
 *     context           u128    0
 *     client            u128
 *     op                u64
 *     commit            u64
 *     timestamp         u64
 *     request           u64
 *     operation         u8
 *     padding           7
 *     status            u32
 *     reserved          36
 */
export function writeReplyHeader(out: ByteWriter, header: ReplyHeader, sizeBytes: number): void {
  const { cluster, view, replica } = header;
  writePrefix(out, { cluster, sizeBytes, view, command: COMMAND_REPLY, replica });
  out.u128(header.requestChecksum).zeros(16).u128(header.client);
  out.u64(header.op).u64(header.commit).u64(header.timestamp).u64(header.request);
  out.u8(header.operation).zeros(7).u32(header.status).zeros(36);
}

function readReply(input: ByteReader, { cluster, view, replica }: Prefix): ReplyHeader {
  const requestChecksum = input.u128();
  input.bytes(16);
  const client = input.u128();
  const op = input.u64();
  const commit = input.u64();
  const timestamp = input.u64();
  const request = input.u64();
  const operation = input.u8();
  input.bytes(7);
  const status = input.u32();
  input.bytes(36);
  return {
    requestChecksum,
    client,
    op,
    commit,
    timestamp,
    request,
    operation,
    status,
    cluster,
    view,
    replica,
  };
}

export interface EvictionHeader {
  /** The client that is refused or evicted. u128. */
  client: bigint;
  /** See `EvictionReason`. */
  reason: number;
  /** Newest version the server accepts; with reason IncompatibleProtocol only, else 0. */
  serverProtocolVersion: number;
  /** Oldest version the server accepts; with reason IncompatibleProtocol only, else 0. */
  serverProtocolVersionMin: number;
  /** Written as 0 if absent. */
  cluster?: bigint;
  /** Written as 0 if absent. */
  view?: number;
}

const EVICTION_RESERVED_BYTES = 103;
const ZEROS = Buffer.alloc(EVICTION_RESERVED_BYTES);

/**
 * Eviction (iggy-vsr-0.11 §1.8), after the prefix; it has no body. It answers whatever request is out,
 * and some of its reasons promise that nothing was executed: so a reader takes only a well-formed one.
 *
 *     client                       u128    not 0
 *     server_protocol_version      u32
 *     server_protocol_version_min  u32
 *     reserved                     103     must be 0
 *     reason                       u8
 */
export function writeEvictionHeader(out: ByteWriter, header: EvictionHeader): void {
  const { cluster = 0n, view = 0 } = header;
  const sizeBytes = HEADER_BYTES;
  writePrefix(out, { cluster, sizeBytes, view, command: COMMAND_EVICTION, replica: 0 });
  out.u128(header.client);
  out.u32(header.serverProtocolVersion).u32(header.serverProtocolVersionMin);
  out.zeros(EVICTION_RESERVED_BYTES).u8(header.reason);
}

function readEviction(input: ByteReader, prefix: Prefix): Required<EvictionHeader> {
  const { cluster, sizeBytes, view } = prefix;
  const client = input.u128();
  const serverProtocolVersion = input.u32();
  const serverProtocolVersionMin = input.u32();
  const reserved = input.bytes(EVICTION_RESERVED_BYTES);
  const reason = input.u8();
  if (sizeBytes !== HEADER_BYTES || client === 0n || !reserved.equals(ZEROS)) {
    throw new WireError('an eviction has a body, no client, or reserved bytes that are not 0');
  }
  return { client, reason, serverProtocolVersion, serverProtocolVersionMin, cluster, view };
}

export type ServerHeader =
  | { kind: 'reply'; header: ReplyHeader }
  | { kind: 'eviction'; header: Required<EvictionHeader> };

/** Servers send clients two kinds of frames; any other command is a WireError. */
export function readServerHeader(input: ByteReader): ServerHeader {
  const prefix = readPrefix(input);
  switch (prefix.command) {
    case COMMAND_REPLY:
      return { kind: 'reply', header: readReply(input, prefix) };
    case COMMAND_EVICTION:
      return { kind: 'eviction', header: readEviction(input, prefix) };
    default:
      throw new WireError(`command ${prefix.command} is neither a reply nor an eviction`);
  }
}
