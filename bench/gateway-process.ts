import { monitorEventLoopDelay } from 'node:perf_hooks';

import { startApp } from '../src/app.ts';
import { parseConfig } from '../src/config/config.ts';
import { type Dial, tcpDial } from '../src/iggy-client/index.ts';
import { Operation } from '../src/iggy-protocol/index.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { systemClock } from '../src/utils/clock.ts';
import { tuneHeap } from '../src/utils/heap.ts';
import { answerQuestions } from './answer-questions.ts';

export type GatewayQuestion =
  | {
      readonly kind: 'start';
      readonly env: Readonly<Record<string, string>>;
      /** One caller's send in each request to the broker: what the gateway did before it gathered them. */
      readonly alone: boolean;
    }
  | { readonly kind: 'usage' };

/** What the process has used since its start, but for the lateness: since the last question. */
export interface Usage {
  readonly port: number;
  /** How to reach the broker it uses: the embedded one's port, or nothing. */
  readonly brokerPort: number | undefined;
  /** Requests to the broker that carry messages. */
  readonly sends: number;
  /** User and system, of all threads: the embedded broker's, too. */
  readonly cpuMicros: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

const ALONE = { messagesMax: 1_000, bytesMax: 1_048_576, callersMax: 1, lingerMs: 0 };
/** Where a frame says what it asks for (iggy-vsr-0.11 §1.2). */
const OPERATION_AT = 176;
const LAG_RESOLUTION_MS = 10;

tuneHeap();
const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
let port = 0;
let brokerPort: number | undefined;
let sends = 0;

/** The gateway as main.ts composes it, with its client's requests counted. */
async function start({ env, alone }: GatewayQuestion & { kind: 'start' }): Promise<void> {
  const config = parseConfig(env);
  const tls = config.broker.kind === 'remote' ? config.broker.tls : undefined;
  // Options of the client that no setting reaches travel with those that are settings.
  const client = { ...config.client, dial: counted(tcpDial(tls)), ...(alone && { batch: ALONE }) };
  const app = await startApp({
    config: { ...config, client },
    clock: systemClock,
    log: await createLogger({ level: config.logLevel, pretty: false }),
    version: '0.0.0-bench',
  });
  void app.failed.then((failure) => process.stderr.write(`${failure.message}\n`));
  port = app.port;
  lag.enable();
}

function counted(dial: Dial): Dial {
  return (address, listener) => {
    brokerPort = address.port;
    const duplex = dial(address, listener);
    return {
      write(bytes) {
        if (bytes[OPERATION_AT] === Operation.SendMessages) sends += 1;
        duplex.write(bytes);
      },
      destroy: () => duplex.destroy(),
    };
  };
}

/** A timer that is never late is called after the resolution. */
function lateMs(nanos: number): number {
  return Math.max(0, nanos / 1e6 - LAG_RESOLUTION_MS);
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const lateness = { lagP99Ms: lateMs(lag.percentile(99)), lagMaxMs: lateMs(lag.max) };
  lag.reset();
  return {
    port,
    brokerPort,
    sends,
    cpuMicros: user + system,
    residentBytes: rss,
    heapBytes: heapUsed,
    ...lateness,
  };
}

/** Started by gateway.ts. */
answerQuestions(async (question: GatewayQuestion): Promise<Usage> => {
  if (question.kind === 'start') await start(question);
  return usage();
});
