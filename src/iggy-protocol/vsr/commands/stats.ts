import type { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Codec } from '../command.ts';
import { readCounted, writeAll } from '../sequence.ts';
import { readLongText, writeLongText } from '../text.ts';

export interface CacheMetrics {
  streamId: number;
  topicId: number;
  partitionId: number;
  hits: bigint;
  misses: bigint;
  /** 32-bit float, as all fractions here. */
  hitRatio: number;
}

/** Sizes are bytes, `runTime` is microseconds, `startTime` microseconds since the Unix epoch. */
export interface Stats {
  processId: number;
  /** Percent. */
  cpuUsage: number;
  /** Percent. */
  totalCpuUsage: number;
  memoryUsage: bigint;
  totalMemory: bigint;
  availableMemory: bigint;
  runTime: bigint;
  startTime: bigint;
  readBytes: bigint;
  writtenBytes: bigint;
  messagesSizeBytes: bigint;
  streamsCount: number;
  topicsCount: number;
  partitionsCount: number;
  segmentsCount: number;
  messagesCount: bigint;
  clientsCount: number;
  consumerGroupsCount: number;
  hostname: string;
  osName: string;
  osVersion: string;
  kernelVersion: string;
  serverVersion: string;
  /** Decimal digits major, minor (3), patch (3): 9000 is 0.9.0. Not 0. */
  serverSemver: number | null;
  cacheMetrics: readonly CacheMetrics[];
  threadsCount: number;
  freeDiskSpace: bigint;
  totalDiskSpace: bigint;
}

const CACHE_METRICS_BYTES = 32;

/**
 * Stats (iggy-vsr-0.11 §3.1): numbers, texts, caches, machine.
 *
 *     process_id           u32
 *     cpu_usage            f32
 *     total_cpu_usage      f32
 *     memory_usage         u64
 *     total_memory         u64
 *     available_memory     u64
 *     run_time             u64
 *     start_time           u64
 *     read_bytes           u64
 *     written_bytes        u64
 *     messages_size_bytes  u64
 *     streams_count        u32
 *     topics_count         u32
 *     partitions_count     u32
 *     segments_count       u32
 *     messages_count       u64
 *     clients_count        u32
 *     groups_count         u32
 *     hostname             S32
 *     os_name              S32
 *     os_version           S32
 *     kernel_version       S32
 *     server_version       S32
 *     server_semver        u32     0 = absent
 *     caches_count         u32
 *     caches               caches_count x CacheMetrics
 *     threads_count        u32
 *     free_disk_space      u64
 *     total_disk_space     u64
 */
export const stats: Codec<Stats> = {
  write(out, value) {
    writeNumbers(out, value);
    writeTexts(out, value);
    out.u32(value.cacheMetrics.length);
    writeAll(out, value.cacheMetrics, writeCacheMetrics);
    out.u32(value.threadsCount).u64(value.freeDiskSpace).u64(value.totalDiskSpace);
  },
  read: (input) => ({
    ...readNumbers(input),
    ...readTexts(input),
    cacheMetrics: readCounted(input, input.u32(), CACHE_METRICS_BYTES, readCacheMetrics),
    threadsCount: input.u32(),
    freeDiskSpace: input.u64(),
    totalDiskSpace: input.u64(),
  }),
};

function writeNumbers(out: ByteWriter, value: Stats): void {
  out.u32(value.processId).f32(value.cpuUsage).f32(value.totalCpuUsage);
  out.u64(value.memoryUsage).u64(value.totalMemory).u64(value.availableMemory);
  out.u64(value.runTime).u64(value.startTime);
  out.u64(value.readBytes).u64(value.writtenBytes).u64(value.messagesSizeBytes);
  out.u32(value.streamsCount).u32(value.topicsCount);
  out.u32(value.partitionsCount).u32(value.segmentsCount).u64(value.messagesCount);
  out.u32(value.clientsCount).u32(value.consumerGroupsCount);
}

function readNumbers(input: ByteReader) {
  return {
    processId: input.u32(),
    cpuUsage: input.f32(),
    totalCpuUsage: input.f32(),
    memoryUsage: input.u64(),
    totalMemory: input.u64(),
    availableMemory: input.u64(),
    runTime: input.u64(),
    startTime: input.u64(),
    readBytes: input.u64(),
    writtenBytes: input.u64(),
    messagesSizeBytes: input.u64(),
    streamsCount: input.u32(),
    topicsCount: input.u32(),
    partitionsCount: input.u32(),
    segmentsCount: input.u32(),
    messagesCount: input.u64(),
    clientsCount: input.u32(),
    consumerGroupsCount: input.u32(),
  };
}

function writeTexts(out: ByteWriter, value: Stats): void {
  writeLongText(out, value.hostname);
  writeLongText(out, value.osName);
  writeLongText(out, value.osVersion);
  writeLongText(out, value.kernelVersion);
  writeLongText(out, value.serverVersion);
  out.u32(value.serverSemver ?? 0);
}

function readTexts(input: ByteReader) {
  return {
    hostname: readLongText(input),
    osName: readLongText(input),
    osVersion: readLongText(input),
    kernelVersion: readLongText(input),
    serverVersion: readLongText(input),
    serverSemver: input.u32() || null,
  };
}

/**
 *     stream_id     u32
 *     topic_id      u32
 *     partition_id  u32
 *     hits          u64
 *     misses        u64
 *     hit_ratio     f32
 */
function writeCacheMetrics(out: ByteWriter, metrics: CacheMetrics): void {
  out.u32(metrics.streamId).u32(metrics.topicId).u32(metrics.partitionId);
  out.u64(metrics.hits).u64(metrics.misses).f32(metrics.hitRatio);
}

function readCacheMetrics(input: ByteReader): CacheMetrics {
  return {
    streamId: input.u32(),
    topicId: input.u32(),
    partitionId: input.u32(),
    hits: input.u64(),
    misses: input.u64(),
    hitRatio: input.f32(),
  };
}
