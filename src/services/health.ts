import { GatewayError } from '../errors.ts';
import { IggyError } from '../iggy-client/errors.ts';
import type { ConnectionStatus, IggyClient } from '../iggy-client/port.ts';
import type { Health } from '../models/health.ts';
import type { Clock } from '../utils/clock.ts';
import type { Lifecycle } from './lifecycle.ts';
import { CIRCUIT_OPEN } from './translate-error.ts';

/** Tells liveness from readiness: a broker's outage must not restart the process. */
export interface HealthService {
  health(): Health;
  /** Throws a GatewayError while requests had better go to another replica. */
  checkReady(): void;
  /**
   * Asks the broker for a sign of life. Without a connection, or while the circuit is open, nobody can
   * be asked, and there is nothing to learn: the client says so itself.
   */
  check(signal: AbortSignal): Promise<CheckOutcome>;
}

export type CheckOutcome =
  | { kind: 'alive' | 'no-connection' | 'circuit-open' }
  | { kind: 'silent'; cause: Error };

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

  /** In words that are safe to show; undefined while it is reachable. */
  function whyUnreachable(status: ConnectionStatus): string | undefined {
    if (isReachable(status)) return undefined;
    if (status.state === 'ready') return 'it gave no sign of life when it was last asked';
    return status.lastFailure ?? 'it is not connected yet';
  }

  return {
    health() {
      const status = client.status();
      const { state, sinceMicros, attempts, serverVersion, circuit } = status;
      const facts = { state, sinceMicros, attempts, serverVersion, circuit };
      const reason = whyUnreachable(status) ?? (circuit === 'open' ? CIRCUIT_OPEN : undefined);
      const connection = { ...facts, reason };
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
      const reason = whyUnreachable(status);
      if (reason !== undefined) {
        const code = status.permanentFailure ? 'connection_failed' : 'disconnected';
        throw new GatewayError(code, `The broker cannot be reached: ${reason}`);
      }
      if (status.circuit === 'open') throw new GatewayError('circuit_open', CIRCUIT_OPEN);
      if (lifecycle.phase === 'starting') {
        throw new GatewayError('connection_failed', 'The default stream is not there yet');
      }
    },

    async check(signal) {
      const { state, sinceMicros, circuit } = client.status();
      if (state !== 'ready') return { kind: 'no-connection' };
      if (circuit === 'open') return { kind: 'circuit-open' };
      try {
        await client.ping({ signal });
        silentSinceMicros = undefined;
        return { kind: 'alive' };
      } catch (cause) {
        if (!(cause instanceof IggyError)) throw cause;
        // Another call is trying the broker at this moment.
        if (cause.kind === 'circuit-open') return { kind: 'circuit-open' };
        silentSinceMicros = sinceMicros;
        return { kind: 'silent', cause };
      }
    },
  };
}
