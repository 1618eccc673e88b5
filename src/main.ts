#!/usr/bin/env node
import { AppFailure } from './app-failure.ts';
import { type App, type AppOptions, startApp, StartInterrupted } from './app.ts';
import { type Config, parseConfig } from './config/config.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Edge, reportFailure, runProgram, stopProgram } from './process-edge.ts';
import { describeStart } from './start-line.ts';
import { systemClock } from './utils/clock.ts';
import { readVersion } from './version.ts';

/** The gateway, from its settings to its end (http-contract §6). */
async function run(config: Config, edge: Edge): Promise<ExitCode> {
  const { log, signals } = edge;
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
  const stopCode = await stopProgram(edge, config.http.shutdownTimeoutMs, app.stop);
  return exitCode === EXIT.ok ? stopCode : exitCode;
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

await runProgram({
  about: {
    name: 'sluice',
    summary: 'A resilient REST gateway for Apache Iggy.',
    settingsSection: 'Settings',
  },
  parseConfig,
  run,
});
