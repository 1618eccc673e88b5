import { existsSync } from 'node:fs';

import { AppFailure } from './app-failure.ts';
import { type AboutProgram, type GivenCommand, readArguments } from './arguments.ts';
import { ConfigError } from './config/problems.ts';
import type { Environment } from './config/read-settings.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { createLogger, type Logger, type LogLevel } from './telemetry/logger.ts';
import { systemClock } from './utils/clock.ts';
import { deferred } from './utils/deferred.ts';
import { tuneHeap } from './utils/heap.ts';
import { stopWithin } from './utils/shutdown.ts';
import { readVersion } from './version.ts';

/** In the working directory. */
const SETTINGS_FILE = '.env';

/** What a program has of the process it runs in. */
export interface Edge {
  readonly log: Logger;
  readonly signals: Signals;
}

/** The first asks to stop, the second to stop at once. Later ones find the process on its way out. */
interface Signals {
  readonly first: Promise<NodeJS.Signals>;
  readonly second: Promise<NodeJS.Signals>;
}

interface Program<Config> {
  readonly about: Omit<AboutProgram, 'version'>;
  /** Throws ConfigError. */
  readonly parseConfig: (env: Environment) => Config;
  /** An AppFailure ends the process with its code, anything else that is thrown with 70. */
  readonly run: (config: Config, edge: Edge, command?: GivenCommand) => Promise<ExitCode>;
}

/** From the environment to the exit code (http-contract §6), the same for every program of the package. */
export async function runProgram<Config extends { readonly logLevel: LogLevel }>({
  about,
  parseConfig,
  run,
}: Program<Config>): Promise<never> {
  tuneHeap();
  const command = heedArguments({ ...about, version: readVersion() });
  const config = readConfig(parseConfig);
  if (!config) process.exit(EXIT.config);

  const log = await createLogger({ level: config.logLevel, pretty: process.stdout.isTTY });
  process.on('uncaughtException', (err) => {
    log.fatal('an uncaught exception', { err });
    log.flush();
    process.exit(EXIT.software);
  });
  const edge = { log, signals: listenToSignals() };
  const exitCode = await run(config, edge, command).catch((err: unknown) =>
    reportFailure(log, err),
  );
  log.flush();
  process.exit(exitCode);
}

/** Writes down why the program ends, and returns the code it ends with. */
export function reportFailure(log: Logger, failure: unknown): ExitCode {
  if (!(failure instanceof AppFailure)) {
    log.fatal('a fault of the program', { err: failure });
    return EXIT.software;
  }
  log.fatal(failure.message, { err: failure.cause });
  return failure.exitCode;
}

/** Waits for `stop`, but neither beyond `timeoutMs` nor when a second signal comes. */
export async function stopProgram(
  { log, signals }: Edge,
  timeoutMs: number,
  stop: () => Promise<void>,
): Promise<ExitCode> {
  const outcome = await stopWithin(systemClock, timeoutMs, signals.second, stop);
  log.info(outcome === 'clean' ? 'stopped' : 'stopped before everything was done');
  return outcome === 'clean' ? EXIT.ok : EXIT.software;
}

/** Returns what the program is to do; if it is not to be run, there is nothing left to do. */
function heedArguments(about: AboutProgram): GivenCommand | undefined {
  const wish = readArguments(process.argv.slice(2), about);
  switch (wish.kind) {
    case 'run':
      return wish.command;
    case 'show':
      process.stdout.write(wish.text);
      process.exit(EXIT.ok);
    case 'refuse':
      process.stderr.write(wish.text);
      process.exit(EXIT.usage);
  }
}

/** Undefined: something is wrong, and stands on stderr, where the operator looks first. */
function readConfig<Config>(parseConfig: Program<Config>['parseConfig']): Config | undefined {
  const fault = loadSettingsFile();
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n`);
    return undefined;
  }
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(error.problems.map((problem) => `${problem}\n`).join(''));
    return undefined;
  }
}

/** Adds the settings of a file to the environment, which wins. Says what is wrong if it cannot be read. */
function loadSettingsFile(): string | undefined {
  if (!existsSync(SETTINGS_FILE)) return undefined;
  try {
    process.loadEnvFile(SETTINGS_FILE);
    return undefined;
  } catch (error) {
    return `${SETTINGS_FILE}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function listenToSignals(): Signals {
  const first = deferred<NodeJS.Signals>();
  const second = deferred<NodeJS.Signals>();
  let count = 0;
  function onSignal(signal: NodeJS.Signals): void {
    count += 1;
    (count === 1 ? first : second).resolve(signal);
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return { first: first.promise, second: second.promise };
}
