import { existsSync } from 'node:fs';

import { type App, type AppOptions, startApp, StartInterrupted } from './app.ts';
import { AppFailure } from './broker-link.ts';
import { type Config, ConfigError, parseConfig } from './config/config.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { describeStart } from './start-line.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { systemClock } from './utils/clock.ts';
import { deferred } from './utils/deferred.ts';
import { stopWithin } from './utils/shutdown.ts';
import { readVersion } from './version.ts';

/** In the working directory. */
const SETTINGS_FILE = '.env';

/** From the environment to the exit code (http-contract §6). */
async function main(): Promise<ExitCode> {
  const fault = loadSettingsFile();
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n`);
    return EXIT.config;
  }
  const config = readConfig();
  if (!config) return EXIT.config;

  const log = await createLogger({ level: config.logLevel, pretty: process.stdout.isTTY });
  process.on('uncaughtException', (err) => {
    log.fatal('an uncaught exception', { err });
    log.flush();
    process.exit(EXIT.software);
  });
  const exitCode = await run(config, log).catch((err: unknown) => reportFailure(log, err));
  log.flush();
  return exitCode;
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

/** Every problem at once, one per line, where the operator looks first. */
function readConfig(): Config | undefined {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(error.problems.map((problem) => `${problem}\n`).join(''));
    return undefined;
  }
}

async function run(config: Config, log: Logger): Promise<ExitCode> {
  const signals = listenToSignals();
  // While there is nothing to reload yet, it must not end the process: a change is noticed after the start.
  if (config.gates.auth?.file) process.on('SIGHUP', () => undefined);
  const interruption = new AbortController();
  void signals.first.then(() => interruption.abort());
  const { signal } = interruption;
  const app = await start({ config, clock: systemClock, log, version: readVersion(), signal });
  if (app === undefined) return EXIT.ok;
  if (config.gates.auth?.file) process.on('SIGHUP', app.reloadKeys);
  for (const notice of config.notices) log.warn(notice);
  log.info(describeStart(config, app));
  log.flush();

  const end = await Promise.race([signals.first, app.failed]);
  const exitCode = end instanceof AppFailure ? reportFailure(log, end) : EXIT.ok;
  log.info('stopping', end instanceof AppFailure ? {} : { signal: end });
  const outcome = await stopWithin(
    systemClock,
    config.http.shutdownTimeoutMs,
    signals.second,
    app.stop,
  );
  log.info(outcome === 'clean' ? 'stopped' : 'stopped before everything was done');
  return outcome === 'forced' && exitCode === EXIT.ok ? EXIT.software : exitCode;
}

/** Undefined: somebody wanted it to stop before it had started. */
async function start(options: AppOptions): Promise<App | undefined> {
  try {
    return await startApp(options);
  } catch (error) {
    if (!(error instanceof StartInterrupted)) throw error;
    options.log.info(error.message);
    return undefined;
  }
}

function reportFailure(log: Logger, failure: unknown): ExitCode {
  if (!(failure instanceof AppFailure)) {
    log.fatal('a fault of the gateway', { err: failure });
    return EXIT.software;
  }
  log.fatal(failure.message, { err: failure.cause });
  return failure.exitCode;
}

/** The first asks to stop, the second to stop at once. Later ones find the process on its way out. */
function listenToSignals(): { first: Promise<NodeJS.Signals>; second: Promise<NodeJS.Signals> } {
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

process.exit(await main());
