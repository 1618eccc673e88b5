import type { Address } from './connection/duplex.ts';
import type { Credentials } from './connection/login.ts';
import { parseDurationMs } from './duration.ts';

/** What the official SDKs assume where the string says nothing (iggy-vsr-0.11 §9). */
export const CONNECTION_STRING_DEFAULTS = {
  tls: false,
  tlsDomain: '',
  reconnectionRetries: 'unlimited',
  reconnectionIntervalMs: 1_000,
  reestablishAfterMs: 5_000,
  heartbeatIntervalMs: 5_000,
  noDelay: false,
} as const;

export interface ConnectionSettings {
  /** At least one. */
  addresses: readonly Address[];
  credentials: Credentials;
  /** Only what the string says: what is absent here was left to the default, and loses to nothing. */
  options: ConnectionOptions;
}

export interface ConnectionOptions {
  tls?: boolean;
  /** Name the server's certificate must carry; empty = the dialed host. */
  tlsDomain?: string;
  /** Path of a PEM file that replaces the built-in roots. */
  tlsCaFile?: string;
  reconnectionRetries?: number | 'unlimited';
  /** Not zero. */
  reconnectionIntervalMs?: number;
  reestablishAfterMs?: number;
  /** Not zero. */
  heartbeatIntervalMs?: number;
  noDelay?: boolean;
}

/** Says what is wrong with the string, never what its credentials are. */
export class ConnectionStringError extends Error {
  override readonly name = 'ConnectionStringError';
  /** As the official SDKs number it: 8000, or 84 for a number that is none (iggy-vsr-0.11 §9). */
  readonly code: number;

  constructor(message: string, code = 8000) {
    super(message);
    this.code = code;
  }
}

const INVALID_NUMBER_VALUE = 84;
const PORT_MAX = 0xffff;
const RETRIES_MAX = 0xffff_ffff;

/** Transports that exist and that we do not speak. */
const OTHER_TRANSPORTS: ReadonlySet<string> = new Set(['iggy+quic', 'iggy+http', 'iggy+ws']);

/**
 * Reads `iggy[+tcp]://user:password@host:port[,host:port…][?key=value&…]`, or a token in place of
 * user and password, by the official SDKs' rules (iggy-vsr-0.11 §9): nothing is percent-decoded, keys
 * are case-sensitive, the last of two equal keys wins. Several addresses are our own extension.
 *
 * @throws ConnectionStringError
 */
export function parseConnectionString(text: string): ConnectionSettings {
  const [scheme, rest] = pair(text, '://', 'the connection string needs exactly one "://"');
  checkScheme(scheme);
  const [credentials, target] = pair(rest, '@', 'the connection string needs exactly one "@"');
  const [addresses = '', options, ...more] = target.split('?');
  if (more.length > 0) throw new ConnectionStringError('the connection string has two "?"');
  return {
    credentials: parseCredentials(credentials),
    addresses: addresses.split(',').map(parseAddress),
    options: options === undefined ? {} : parseOptions(options),
  };
}

/** The two sides of the one `separator` in `text`. */
function pair(text: string, separator: string, complaint: string): [string, string] {
  const [left, right, ...more] = text.split(separator);
  if (left === undefined || right === undefined || more.length > 0) {
    throw new ConnectionStringError(complaint);
  }
  return [left, right];
}

function checkScheme(scheme: string): void {
  if (scheme === 'iggy' || scheme === 'iggy+tcp') return;
  if (OTHER_TRANSPORTS.has(scheme)) {
    throw new ConnectionStringError(
      `the transport ${scheme}:// is not supported, only iggy+tcp://`,
    );
  }
  // Not quoted: whatever stands there may be a misplaced secret.
  throw new ConnectionStringError('the connection string must begin with iggy:// or iggy+tcp://');
}

function parseCredentials(text: string): Credentials {
  const [username = '', password, ...more] = text.split(':');
  if (password === undefined) return { token: username };
  if (username === '' || password === '' || more.length > 0) {
    throw new ConnectionStringError('credentials are "user:password", both not empty, or a token');
  }
  return { username, password };
}

function parseAddress(text: string): Address {
  // What follows a second colon is not looked at, as in the official SDKs.
  const [host = '', port = ''] = text.split(':');
  if (host === '') throw new ConnectionStringError('a host is missing before ":port"');
  if (!/^\d+$/.test(port) || Number(port) > PORT_MAX) {
    // Neither part is quoted: in a string put together wrongly they may be the credentials.
    throw new ConnectionStringError(`after "host:" stands a port number in 0..=${PORT_MAX}`);
  }
  return { host, port: Number(port) };
}

function parseOptions(text: string): ConnectionOptions {
  const options: ConnectionOptions = {};
  for (const option of text.split('&')) {
    const [key, value] = pair(option, '=', 'each option is written key=value');
    setOption(options, key, value);
  }
  return options;
}

function setOption(options: ConnectionOptions, key: string, value: string): void {
  switch (key) {
    case 'tls':
      options.tls = value === 'true';
      return;
    case 'tls_domain':
      options.tlsDomain = value;
      return;
    case 'tls_ca_file':
      options.tlsCaFile = value;
      return;
    case 'reconnection_retries':
      options.reconnectionRetries = parseRetries(value);
      return;
    case 'reconnection_interval':
      options.reconnectionIntervalMs = positiveDurationMs(key, value);
      return;
    case 'reestablish_after':
      options.reestablishAfterMs = durationMs(key, value);
      return;
    case 'heartbeat_interval':
      options.heartbeatIntervalMs = positiveDurationMs(key, value);
      return;
    case 'nodelay':
      options.noDelay = value === 'true';
      return;
    default:
      throw new ConnectionStringError(`unknown option "${key}"`);
  }
}

function parseRetries(value: string): number | 'unlimited' {
  if (value === 'unlimited') return value;
  if (!/^\+?\d+$/.test(value) || Number(value) > RETRIES_MAX) {
    throw new ConnectionStringError(
      `reconnection_retries is "unlimited" or a number in 0..=${RETRIES_MAX}`,
      INVALID_NUMBER_VALUE,
    );
  }
  return Number(value);
}

function durationMs(key: string, value: string): number {
  const ms = parseDurationMs(value);
  if (ms === undefined) {
    throw new ConnectionStringError(`${key} is not a duration such as 500ms, 5s or 1m`);
  }
  return ms;
}

function positiveDurationMs(key: string, value: string): number {
  const ms = durationMs(key, value);
  if (ms === 0) throw new ConnectionStringError(`${key} must not be zero`);
  return ms;
}
