import { GatewayError } from '../errors.ts';
import { IggyError } from '../iggy-client/errors.ts';
import type { ConnectionStatus, IggyClient } from '../iggy-client/port.ts';
import type { Health } from '../models/health.ts';
import type { Clock } from '../utils/clock.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Tells liveness from readiness: a broker's outage must not restart the process. */
export interface HealthService {
  health(): Health;
  /** Throws a GatewayError while requests had better go to another replica. */
  checkReady(): void;
  /**
   * Asks the broker for a sign of life. Without a connection there is nobody to ask, and nothing to
   * learn: the client says so itself.
   */
  check(signal: AbortSignal): Promise<CheckOutcome>;
}

export type CheckOutcome = { kind: 'alive' | 'no-connection' } | { kind: 'silent'; cause: Error };

export interface HealthOptions {
  client: IggyClient;
  lifecycle: Lifecycle;
  clock: Clock;
  version: string;
}

export function healthService({ client, lifecycle, clock, version }: HealthOptions): HealthService {
  /** The connection, by its start, on which the broker was last found silent. A new one starts afresh. */
  let silentSinceMicros: bigint | undefined;

  function isReachable({ state, sinceMicros }: ConnectionStatus): boolean {
    return state === 'ready' && sinceMicros !== silentSinceMicros;
  }

  return {
    health() {
      const status = client.status();
      const { state, sinceMicros, attempts, serverVersion, lastFailure } = status;
      const connection = { state, sinceMicros, attempts, serverVersion, reason: lastFailure };
      return {
        reachable: isReachable(status),
        version,
        nowMicros: clock.nowMicros(),
        connection,
      };
    },

    checkReady() {
      const status = client.status();
      if (lifecycle.phase === 'draining') {
        throw new GatewayError('draining', 'The gateway is shutting down');
      }
      if (!isReachable(status)) {
        const { permanentFailure, lastFailure = 'it is not connected yet' } = status;
        const code = permanentFailure ? 'connection_failed' : 'disconnected';
        throw new GatewayError(code, `The broker cannot be reached: ${lastFailure}`);
      }
      if (lifecycle.phase === 'starting') {
        throw new GatewayError('connection_failed', 'The default stream is not there yet');
      }
    },

    async check(signal) {
      const { state, sinceMicros } = client.status();
      if (state !== 'ready') return { kind: 'no-connection' };
      try {
        await client.ping({ signal });
        silentSinceMicros = undefined;
        return { kind: 'alive' };
      } catch (cause) {
        if (!(cause instanceof IggyError)) throw cause;
        silentSinceMicros = sinceMicros;
        return { kind: 'silent', cause };
      }
    },
  };
}
