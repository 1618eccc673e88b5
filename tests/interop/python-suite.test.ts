import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startBroker, type RunningBroker } from '../../src/iggy-broker/index.ts';
import { ROOT } from '../support/broker-client.ts';
import { findPython, startPythonClient, type PythonClient } from '../support/python-client.ts';
import { RestartingBroker } from '../support/spawn-broker.ts';
import { startTestBroker, temporaryDirectory } from '../support/start-broker.ts';
import { issuedCertificate } from '../support/issued-certificate.ts';

const SUITE = path.resolve('tests/interop/sdk/run.py');
const foreign = process.env['IGGY_CONNECTION_STRING'];

interface Promised {
  promise: string;
  /** What only a broker of our own offers: to be restarted, to speak TLS, or to remove what has just expired. */
  needs: 'restart' | 'retention' | 'tls' | null;
}

const python = await findPython();
const interpreter = 'interpreter' in python ? python.interpreter : undefined;

async function listPromises(): Promise<Promised[]> {
  if (interpreter === undefined) return [];
  const { stdout } = await promisify(execFile)(interpreter, ['-B', SUITE, '--list']);
  return JSON.parse(stdout) as Promised[];
}

/** As rows: the title of a test that is made from an object is cut. */
const titled = (await listPromises()).map(({ promise, needs }) => [promise, needs] as const);

const connectionString = (port: number | undefined): string => `iggy://iggy:iggy@127.0.0.1:${port}`;

/** Members no client can reach, and why. Everything else of the package has to be used below. */
const UNREACHABLE = [
  // The keys of `Stats.cache_metrics` are there to be made; its values no server of this line sends.
  'CacheMetrics',
  'CacheMetrics.hit_ratio',
  'CacheMetrics.hits',
  'CacheMetrics.misses',
];

/**
 * The whole of the released Python SDK against a broker: the embedded one, or the one that
 * IGGY_CONNECTION_STRING names. What is promised, and every assertion, is in tests/interop/sdk.
 */
describe.skipIf('missing' in python)('the official Python SDK', () => {
  let dataDirectory = '';
  let broker: RunningBroker | undefined;
  let killable: RestartingBroker | undefined;
  let sdk: PythonClient;

  beforeAll(async () => {
    // Not in memory: a broker without a disk has nothing to say about it.
    dataDirectory = mkdtempSync(path.join(tmpdir(), 'sluice-interop-'));
    if (foreign === undefined) broker = await startBroker({ port: 0, dataDirectory, root: ROOT });
    const asks = {
      kill: async () => killable?.kill(),
      start: async () => killable?.start(),
    };
    sdk = startPythonClient(interpreter ?? '', { driver: SUITE, asks });
  });

  afterAll(async () => {
    await sdk.stop();
    await broker?.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  /** A broker that has what the promise needs; gone with the test if it was started for it. */
  async function brokerFor(needs: Promised['needs']): Promise<Record<string, string>> {
    switch (needs) {
      case 'restart':
        killable = await RestartingBroker.start();
        return { connection_string: killable.connectionString };
      case 'tls': {
        const { authority: trusted, ...tls } = issuedCertificate;
        const { port } = await startTestBroker({ tls });
        const authority = path.join(temporaryDirectory(), 'ca.pem');
        writeFileSync(authority, trusted);
        return { connection_string: connectionString(port), certificate_authority: authority };
      }
      case 'retention':
      case null:
        return { connection_string: foreign ?? connectionString(broker?.port) };
    }
  }

  test.for(titled)('%s', async ([promise, needs], context) => {
    if (needs !== null && foreign !== undefined) context.skip('takes a broker of our own');
    const where = await brokerFor(needs);
    const { skipped } = (await sdk.call('run', { promise, where })) as { skipped: string | null };
    if (skipped !== null) context.skip(skipped);
  });

  test.skipIf(foreign !== undefined)('has no class or method that was not used here', async () => {
    expect(await sdk.call('unused')).toEqual(UNREACHABLE);
  });
});
