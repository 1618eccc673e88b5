import { chooseLogLevel, type LogLevel } from './log-level.ts';
import { isLoopback } from './loopback.ts';
import { credential, hostName, integer, plainText } from './parsers.ts';
import { ConfigError, Problems } from './problems.ts';
import { type Environment, readSettings } from './read-settings.ts';
import { readServerTls } from './server-tls.ts';
import { type Setting, SETTINGS } from './settings.ts';

const DEFAULT_PASSWORD = 'iggy';

/** Every setting of the broker that is a process of its own, by the name the program knows it by. */
export const BROKER_SETTINGS = {
  host: {
    variable: 'BROKER_HOST',
    fallback: '127.0.0.1',
    parse: hostName,
    docs: 'Address the broker listens on.',
  },
  port: {
    variable: 'BROKER_PORT',
    fallback: '8090',
    parse: integer(0, 65_535),
    docs: 'Port the broker listens on; 0: any free one.',
  },
  dataDirectory: {
    variable: 'BROKER_DATA_DIR',
    fallback: './data',
    parse: plainText,
    docs: 'Where it keeps its data, one broker at a time; :memory: keeps nothing.',
  },
  username: {
    variable: 'BROKER_USERNAME',
    fallback: 'iggy',
    parse: credential(3, 50),
    docs: 'Root user, which may do everything and make further users.',
  },
  password: {
    variable: 'BROKER_PASSWORD',
    fallback: DEFAULT_PASSWORD,
    parse: credential(3, 100),
    docs: 'Password of that user.',
    secret: true,
  },
  tlsCertFile: {
    variable: 'BROKER_TLS_CERT_FILE',
    parse: plainText,
    docs: 'Certificate to serve clients over TLS (PEM, with its chain), read at the start. Unset: no TLS.',
  },
  tlsKeyFile: {
    variable: 'BROKER_TLS_KEY_FILE',
    parse: plainText,
    docs: 'Private key of that certificate (PEM).',
  },
  logLevel: SETTINGS.logLevel,
  rustLog: SETTINGS.rustLog,
} as const satisfies Record<string, Setting<unknown>>;

export interface BrokerProcessConfig {
  readonly broker: {
    readonly host: string;
    readonly port: number;
    readonly dataDirectory: string;
    readonly root: { readonly username: string; readonly password: string };
    readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  };
  readonly logLevel: LogLevel;
  /** What the operator should know at the start. */
  readonly notices: readonly string[];
}

/** Reads all settings from the environment, or throws ConfigError with every problem at once. */
export function parseBrokerProcess(env: Environment): BrokerProcessConfig {
  const problems = new Problems();
  const values = readSettings(BROKER_SETTINGS, env, problems);
  const tls = readServerTls(values.tlsCertFile, values.tlsKeyFile, problems);
  if (problems.lines.length > 0) throw new ConfigError(problems.lines);
  const { host, port, dataDirectory, username, password } = values;
  const { level, notices } = chooseLogLevel(values);
  return {
    broker: { host, port, dataDirectory, root: { username, password }, tls },
    logLevel: level,
    notices: [...describeOpenDoor(host, password), ...notices],
  };
}

function describeOpenDoor(host: string, password: string): readonly string[] {
  if (isLoopback(host) || password !== DEFAULT_PASSWORD) return [];
  return [
    `the password is the default one, and BROKER_HOST is ${host}: whoever reaches this address may ` +
      'do everything; set BROKER_PASSWORD',
  ];
}
