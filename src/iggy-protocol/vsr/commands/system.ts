import { type ByteReader, type ByteWriter, WireError } from '../../bytes.ts';
import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import { readCounted, writeAll } from '../sequence.ts';
import { readLongText, readName, writeLongText, writeName } from '../text.ts';
import {
  CLUSTER_NODE_BYTES_MIN,
  type ClusterNode,
  readClusterNode,
  writeClusterNode,
} from './cluster-node.ts';
import { stats, type Stats } from './stats.ts';

/** The only command a server answers before login. */
export const ping: Command<Empty, Empty> = {
  name: 'ping',
  code: 1,
  operation: Operation.NonReplicated,
  request: empty,
  response: empty,
};

export const getStats: Command<Empty, Stats> = {
  name: 'get_stats',
  code: 10,
  operation: Operation.NonReplicated,
  request: empty,
  response: stats,
};

export interface GetSnapshotRequest {
  /** 1 stored, 2 deflated, 3 bzip2, 4 zstd, 5 lzma, 6 xz. */
  compression: number;
  /** 1 files, 2 processes, 3 resources, 4 test, 5 server logs, 6 server config, 100 all; up to 255. */
  types: readonly number[];
}

/**
 *     compression  u8
 *     types_count  u8
 *     types        types_count x u8
 */
const getSnapshotRequest: Codec<GetSnapshotRequest> = {
  write(out, { compression, types }) {
    out.u8(compression).u8(types.length);
    for (const type of types) out.u8(type);
  },
  read: (input) => ({ compression: input.u8(), types: [...input.bytes(input.u8())] }),
};

export interface GetSnapshotResponse {
  /** A ZIP file. */
  archive: Buffer;
}

/** The archive, to the end. */
const getSnapshotResponse: Codec<GetSnapshotResponse> = {
  write(out, { archive }) {
    out.bytes(archive);
  },
  read: (input) => ({ archive: input.rest() }),
};

export const getSnapshot: Command<GetSnapshotRequest, GetSnapshotResponse> = {
  name: 'get_snapshot',
  code: 11,
  operation: Operation.NonReplicated,
  request: getSnapshotRequest,
  response: getSnapshotResponse,
};

export interface ClusterMetadata {
  name: string;
  nodes: readonly ClusterNode[];
}

/**
 * Cluster metadata (iggy-vsr-0.11 §3.1):
 *
 *     name         S32
 *     nodes_count  u32
 *     nodes        nodes_count x ClusterNode
 */
const clusterMetadata: Codec<ClusterMetadata> = {
  write(out, { name, nodes }) {
    writeLongText(out, name);
    out.u32(nodes.length);
    writeAll(out, nodes, writeClusterNode);
  },
  read: (input) => ({
    name: readLongText(input),
    nodes: readCounted(input, input.u32(), CLUSTER_NODE_BYTES_MIN, readClusterNode),
  }),
};

export const getClusterMetadata: Command<Empty, ClusterMetadata> = {
  name: 'get_cluster_metadata',
  code: 12,
  operation: Operation.NonReplicated,
  request: empty,
  response: clusterMetadata,
};

export interface DescribeOptionsRequest {
  /** 1 topic, 2 stream, 3 user. */
  scope: number;
}

/**
 *     scope  u8      1..=3
 */
const describeOptionsRequest: Codec<DescribeOptionsRequest> = {
  write(out, { scope }) {
    out.u8(checkScope(scope));
  },
  read: (input) => ({ scope: checkScope(input.u8()) }),
};

function checkScope(scope: number): number {
  if (scope >= 1 && scope <= 3) return scope;
  throw new WireError(`scope ${scope} is not 1..=3`);
}

export interface OptionDescription {
  key: string;
  /** Of the default: see iggy-vsr-0.11 §5.4. */
  kind: number;
  default: Buffer;
  description: string;
}

const OPTION_DESCRIPTION_BYTES_MIN = 11;

/**
 *     key          NAME
 *     kind         u8
 *     default      u32 length, bytes
 *     description  S32
 */
function writeOptionDescription(out: ByteWriter, option: OptionDescription): void {
  writeName(out, option.key);
  out.u8(option.kind).u32(option.default.length).bytes(option.default);
  writeLongText(out, option.description);
}

function readOptionDescription(input: ByteReader): OptionDescription {
  return {
    key: readName(input),
    kind: input.u8(),
    default: input.bytes(input.u32()),
    description: readLongText(input),
  };
}

export interface DescribeOptionsResponse {
  entries: readonly OptionDescription[];
}

/**
 *     count    u32
 *     entries  count x OptionDescription
 */
const describeOptionsResponse: Codec<DescribeOptionsResponse> = {
  write(out, { entries }) {
    out.u32(entries.length);
    writeAll(out, entries, writeOptionDescription);
  },
  read: (input) => ({
    entries: readCounted(input, input.u32(), OPTION_DESCRIPTION_BYTES_MIN, readOptionDescription),
  }),
};

export const describeOptions: Command<DescribeOptionsRequest, DescribeOptionsResponse> = {
  name: 'describe_options',
  code: 13,
  operation: Operation.NonReplicated,
  request: describeOptionsRequest,
  response: describeOptionsResponse,
};
