import type { ApiKey } from '../models/api-key.ts';
import type { KeysFile } from './gate-parsers.ts';
import { isLoopback } from './loopback.ts';
import type { Values } from './read-settings.ts';

/** Who is let in, and how much of it. */
export interface GatesConfig {
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: '*' | readonly string[];
  /** `requestsPerSec` 0: no limit. */
  readonly rate: { readonly requestsPerSec: number; readonly burst: number };
  /** Undefined: nobody needs a key. */
  readonly auth: AuthConfig | undefined;
  readonly bypassPaths: readonly string[];
  readonly inFlightMax: number;
  readonly connectionsMax: number;
  /** 0: the event loop may be as late as it likes. */
  readonly loopLagMaxMs: number;
}

interface AuthConfig {
  /** Those that stand in the settings; they never change. */
  readonly keys: readonly ApiKey[];
  readonly file: KeysFile | undefined;
}

export function gatesOf(values: Values): GatesConfig {
  const { apiKeys, apiKeysFile: file } = values;
  const isOpen = apiKeys === undefined && file === undefined;
  return {
    trustedProxies: values.trustedProxies,
    corsOrigins: values.corsOrigins,
    rate: { requestsPerSec: values.rateLimitPerSec, burst: values.rateLimitBurst },
    auth: isOpen ? undefined : { keys: apiKeys ?? [], file },
    bypassPaths: values.authBypassPaths,
    inFlightMax: values.inFlightMax,
    connectionsMax: values.connectionsMax,
    loopLagMaxMs: values.loopLagMaxMs,
  };
}

/** What the operator should know of doors that are open, in words for the start of the log. */
export function describeOpenDoors({ host, apiKeys, apiKeysFile }: Values): readonly string[] {
  if (apiKeys !== undefined || apiKeysFile !== undefined || isLoopback(host)) return [];
  return [
    `authentication is off, and HOST is ${host}: whoever reaches this address may do everything; ` +
      'set API_KEY or API_KEYS_FILE',
  ];
}
