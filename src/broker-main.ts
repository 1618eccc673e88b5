#!/usr/bin/env node
import { AppFailure } from './app-failure.ts';
import type { GivenCommand } from './arguments.ts';
import { BROKER_COMMANDS, runDataCommand } from './broker-commands.ts';
import { type BrokerProcessConfig, parseBrokerProcess } from './config/broker-process.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { startOwnBroker } from './own-broker.ts';
import { type Edge, runProgram, stopProgram } from './process-edge.ts';

/** The broker ends itself before that, finished or not: it has an end of its own for its patience. */
const STOP_TIMEOUT_MS = 15_000;

async function run(
  config: BrokerProcessConfig,
  edge: Edge,
  command: GivenCommand | undefined,
): Promise<ExitCode> {
  if (command === undefined || command.name === 'serve') return serve(config, edge);
  const { exitCode, text } = runDataCommand(command, config.broker.dataDirectory);
  (exitCode === EXIT.ok ? process.stdout : process.stderr).write(text);
  return exitCode;
}

/** The broker without a gateway: for any number of them, and for any Iggy client. */
async function serve(config: BrokerProcessConfig, edge: Edge): Promise<ExitCode> {
  const { log, signals } = edge;
  const broker = await startOwnBroker('the broker', config.broker, log);
  for (const notice of config.notices) log.warn(notice);
  const { host, dataDirectory } = config.broker;
  const address = `${host.includes(':') ? `[${host}]` : host}:${broker.port}`;
  log.info(`listening on ${address} for Iggy clients, data in ${dataDirectory}`);
  log.flush();

  const end = await Promise.race([signals.first, broker.died]);
  if (end instanceof Error) throw new AppFailure(EXIT.software, 'the broker died', end);
  log.info('stopping', { signal: end });
  return stopProgram(edge, STOP_TIMEOUT_MS, () => broker.stop());
}

await runProgram({
  about: {
    name: 'sluice-broker',
    summary: 'A broker for Apache Iggy clients, for development, tests and single nodes.',
    settingsSection: 'The broker on its own',
    commands: BROKER_COMMANDS,
  },
  parseConfig: parseBrokerProcess,
  run,
});
