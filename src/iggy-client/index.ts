/** The whole public face of the library: an Iggy client that reconnects by itself. */
import { type IggyClientOptions, resolveOptions } from './options.ts';
import type { IggyClient } from './port.ts';
import { ResilientClient } from './resilient-client.ts';

export type { BreakerPolicy, CircuitState } from './breaker.ts';
export {
  CONNECTION_STRING_DEFAULTS,
  type ConnectionOptions,
  type ConnectionSettings,
  ConnectionStringError,
  parseConnectionString,
} from './connection-string.ts';
export type { Address, Dial, Duplex, DuplexFailure, DuplexListener } from './connection/duplex.ts';
export type { RandomBytes } from './connection/identity.ts';
export type { Credentials, Software } from './connection/login.ts';
export { tcpDial, type TlsOptions } from './connection/transport.ts';
export { IggyError, type IggyErrorKind, type IggyErrorOptions } from './errors.ts';
export type { ClientEvent, ClientEventListener } from './events.ts';
export type { BatchLimits } from './lanes.ts';
export {
  type ClientLimits,
  DEFAULT_BATCH,
  DEFAULT_LIMITS,
  type IggyClientOptions,
} from './options.ts';
export type * from './port.ts';

/** Call `start` on what it returns to connect, and `stop` when done. */
export function createIggyClient(options: IggyClientOptions): IggyClient {
  return new ResilientClient(resolveOptions(options));
}
