import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { readLongText, writeLongText } from '../text.ts';

/** One server of a cluster, as the others advertise it; a port is 0 where the transport is off. */
export interface ClusterNode {
  name: string;
  ip: string;
  tcp: number;
  quic: number;
  http: number;
  websocket: number;
  /** 0 leader, 1 follower. */
  role: number;
  /** 0 healthy, 1 starting, 2 stopping, 3 unreachable, 4 maintenance. */
  status: number;
}

/** Bytes of a node whose texts are empty. */
export const CLUSTER_NODE_BYTES_MIN = 18;

/**
 * Cluster node (iggy-vsr-0.11 §3.1):
 *
 *     name       S32
 *     ip         S32
 *     tcp        u16
 *     quic       u16
 *     http       u16
 *     websocket  u16
 *     role       u8
 *     status     u8
 */
export function writeClusterNode(out: ByteWriter, node: ClusterNode): void {
  writeLongText(out, node.name);
  writeLongText(out, node.ip);
  out.u16(node.tcp).u16(node.quic).u16(node.http).u16(node.websocket);
  out.u8(node.role).u8(node.status);
}

export function readClusterNode(input: ByteReader): ClusterNode {
  return {
    name: readLongText(input),
    ip: readLongText(input),
    tcp: input.u16(),
    quic: input.u16(),
    http: input.u16(),
    websocket: input.u16(),
    role: input.u8(),
    status: input.u8(),
  };
}
