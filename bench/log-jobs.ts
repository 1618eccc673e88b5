/** What is measured of a log, whoever keeps it. */
export interface LogJob {
  readonly what: 'append' | 'poll';
  /** Each with a partition of its own, and one request at a time. */
  readonly connections: number;
  readonly messagesEach: number;
  readonly payloadBytes: number;
  /** Polls go on until everything was read, appends end where they have made enough bytes. */
  readonly seconds: number;
}

export interface LogReport {
  readonly messages: number;
  /** As long as it took. */
  readonly seconds: number;
  /** Share of a CPU. */
  readonly busy: number;
}

/** Of one measurement, so that a fast disk is not filled. */
export const APPENDED_BYTES_MAX = 96 * 1024 * 1024;

/** Runs `work`, which returns how many messages it handled, for as long as `goOn` tells it. */
export async function timed(
  seconds: number,
  work: (goOn: () => boolean) => Promise<number> | number,
): Promise<LogReport> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const messages = await work(() => performance.now() - startMs < seconds * 1000);
  const tookSeconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { messages, seconds: tookSeconds, busy: (user + system) / 1e6 / tookSeconds };
}
