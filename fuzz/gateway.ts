import { startApp } from '../src/app.ts';
import { parseConfig } from '../src/config/config.ts';
import { silentLogger } from '../src/telemetry/logger.ts';
import { systemClock } from '../src/utils/clock.ts';
import { FakeIggy } from '../tests/support/fake-iggy.ts';
import { checkAnswer, must } from './oracle.ts';
import { exchange, type RawAnswer } from './raw-client.ts';

/** The whole gateway over a broker that acknowledges at once. */
export interface FuzzGateway {
  readonly port: number;
  readonly client: FakeIggy;
  /** Sends one request, made of these lines and body, and returns its answer, which was checked. */
  ask(lines: readonly string[], body?: Buffer): Promise<RawAnswer>;
  stop(): Promise<void>;
}

export async function openFuzzGateway(env: Record<string, string> = {}): Promise<FuzzGateway> {
  const client = new FakeIggy();
  const app = await startApp({
    config: parseConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      RATE_LIMIT_RPS: '0',
      SHUTDOWN_DELAY_MS: '0',
      TRUSTED_PROXIES: '127.0.0.1',
      ...env,
    }),
    clock: systemClock,
    log: silentLogger,
    version: '0.0.0-fuzz',
    link: async () => ({ client, description: 'fake broker', stop: () => client.stop() }),
  });
  await untilReady(app.port);
  return {
    port: app.port,
    client,
    ask: (lines, body) => ask(app.port, lines, body),
    stop: () => app.stop(),
  };
}

async function ask(
  port: number,
  [requestLine = '', ...headers]: readonly string[],
  body?: Buffer,
): Promise<RawAnswer> {
  const length = body ? [`Content-Length: ${body.length}`] : [];
  const head = [requestLine, 'Host: t', 'Connection: close', ...length, ...headers, '', ''];
  const answers = await exchange(port, [head.join('\r\n'), ...(body ? [body] : [])]);
  const [answer] = answers;
  must(answers.length === 1 && answer !== undefined, `there are ${answers.length} answers`);
  checkAnswer(answer);
  return answer;
}

/** Until then, the default stream and topic are still being made. */
async function untilReady(port: number): Promise<void> {
  for (;;) {
    const { status } = await ask(port, ['GET /ready HTTP/1.1']);
    if (status === 200) return;
  }
}
