import type { Middleware, Next } from 'koa';

import type { Config } from './config/config.ts';
import { fileFingerprint, KeysFileError, readKeysFile } from './config/keys-file.ts';
import { ConnectionLimit } from './http/connection-limit.ts';
import { inTurn } from './http/in-turn.ts';
import { KeyRing } from './http/key-ring.ts';
import type { MiddlewareContext, RequestState } from './http/state.ts';
import { admission } from './middleware/admission.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requireApiKey } from './middleware/require-api-key.ts';
import type { Task } from './tasks/task-group.ts';
import { watchFile } from './tasks/watch-file.ts';
import { watchLoopLag } from './tasks/watch-loop-lag.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Clock } from './utils/clock.ts';
import { LoopLag } from './utils/loop-lag.ts';

export interface GatesOptions {
  config: Config;
  clock: Clock;
  log: Logger;
}

/** What a request passes before a route looks at it (http-contract §4), and what the gates need beside it. */
export interface Gates {
  /** Admission, rate limit, API key: in this order. */
  readonly middleware: Middleware<RequestState>;
  readonly connections: ConnectionLimit;
  readonly tasks: readonly Task[];
  /** Reads the file of keys again, if there is one. If it is broken, the keys stay as they are. */
  readonly reloadKeys: () => void;
}

/** They pass no gate: a flood of requests must not make anybody restart a healthy process. */
const PROBES: ReadonlySet<string> = new Set(['/health', '/ready']);

/** How soon a change of the file of keys is noticed. */
const KEYS_FILE_INTERVAL_MS = 1000;

export function createGates({ config, clock, log }: GatesOptions): Gates {
  const { auth, bypassPaths, rate, inFlightMax, connectionsMax, loopLagMaxMs } = config.gates;
  const connections = new ConnectionLimit(connectionsMax);
  const loopLag = new LoopLag(clock);
  const keys = auth && new KeyRing([...(auth.file?.keys ?? []), ...auth.keys]);

  function reloadKeys(): void {
    if (!keys || !auth?.file) return;
    const fromFile = readKeysOrTell(auth.file.path, log);
    if (fromFile) keys.replace([...fromFile, ...auth.keys]);
  }

  return {
    middleware: unlessProbe([
      admission({
        inFlightMax,
        loopLagMaxMs,
        loopLagMs: () => loopLag.sustainedMs,
        isSurplus: (socket) => connections.isSurplus(socket),
      }),
      ...(rate.requestsPerSec > 0 ? [rateLimit({ clock, ...rate })] : []),
      requireApiKey({ clock, keys, isOpen: openPaths(bypassPaths) }),
    ]),
    connections,
    tasks: [
      ...(loopLagMaxMs > 0 ? [watchLoopLag(loopLag)] : []),
      ...(auth?.file ? [watchKeysFile(auth.file, clock, reloadKeys)] : []),
    ],
    reloadKeys,
  };
}

/** The keys in the file; undefined, and an error in the log, if they cannot be had. */
function readKeysOrTell(path: string, log: Logger): ReturnType<typeof readKeysFile> | undefined {
  try {
    const keys = readKeysFile(path);
    log.info('the file of API keys was read again', { path, keys: keys.length });
    return keys;
  } catch (err) {
    if (!(err instanceof KeysFileError)) throw err;
    log.error('the file of API keys is broken; the keys stay as they were', { path, err });
    return undefined;
  }
}

function watchKeysFile(
  { path, fingerprint }: { path: string; fingerprint: string },
  clock: Clock,
  onChange: () => void,
): Task {
  return watchFile({
    clock,
    intervalMs: KEYS_FILE_INTERVAL_MS,
    fingerprint: () => fileFingerprint(path),
    seen: fingerprint,
    onChange,
  });
}

/** The description of the gateway is for everybody: a browser that asks for it sends no key. */
function openPaths(bypassPaths: readonly string[]): (path: string) => boolean {
  const open = new Set([...bypassPaths, '/openapi.json', '/docs']);
  return (path) => open.has(path) || path.startsWith('/docs/');
}

function unlessProbe(gates: readonly Middleware<RequestState>[]): Middleware<RequestState> {
  const pass = inTurn<MiddlewareContext>(gates);
  return function gatesMiddleware(ctx: MiddlewareContext, next: Next): void | Promise<void> {
    return PROBES.has(ctx.path) ? next() : pass(ctx, next);
  };
}
