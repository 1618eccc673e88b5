import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { docker } from '../support/docker.ts';
import {
  buildImage,
  evaluate,
  findBuilder,
  inspectImage,
  newVolume,
  npmRegistry,
  SLUICE_IMAGE,
  startContainer,
  untilStatus,
} from '../support/sluice-image.ts';
import { until } from '../support/spawn-gateway.ts';

const MEGABYTE = 1_000_000;
/** What we add to the base: most of it are the production dependencies, OpenTelemetry's above all. */
const ADDED_BYTES_MAX = 60 * MEGABYTE;
const IMAGE_BYTES_MAX = 350 * MEGABYTE;

/** Nobody listens there. */
const BROKER_AWAY = { IGGY_CONNECTION_STRING: 'iggy://iggy:iggy@127.0.0.1:1' };

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

const EVENT = {
  event: {
    id: '0199a1c2-0000-7000-8000-000000000001',
    event_type: 'order.created',
    timestamp: '2026-11-21T10:00:00Z',
    payload: { type: 'Generic', data: null },
  },
};

const bases = await findBuilder();

beforeAll(async () => {
  if (!('missing' in bases)) await buildImage(bases);
});

describe.skipIf('missing' in bases)('the image', () => {
  test('holds the program, its manifest and its licence, and no source', async () => {
    const list = `JSON.stringify(fs.readdirSync('.', { recursive: true }))`;
    const files = JSON.parse(await evaluate(`console.log(${list})`)) as string[];
    const own = files.filter((file) => !file.startsWith('node_modules/'));
    expect(own.filter((file) => !file.includes('/')).toSorted()).toEqual(
      ['LICENSE', 'dist', 'node_modules', 'package.json'].toSorted(),
    );
    expect(own).toEqual(expect.arrayContaining(['dist/main.js', 'dist/broker-main.js']));
    expect(own.filter((file) => file.endsWith('.ts'))).toEqual([]);
  });

  test('holds every production dependency and none of the development', async () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: true }>;
    };
    const installed = JSON.parse(
      await evaluate(`console.log(fs.readFileSync('node_modules/.package-lock.json', 'utf8'))`),
    ) as typeof lock;
    const folders = Object.keys(installed.packages);
    expect(folders).toEqual(
      expect.arrayContaining(
        Object.keys(manifest.dependencies).map((name) => `node_modules/${name}`),
      ),
    );
    expect(folders.filter((folder) => lock.packages[folder]?.dev !== undefined)).toEqual([]);
  });

  test('says what it is, and in which version', async () => {
    const { Config } = await inspectImage(SLUICE_IMAGE);
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'Sluice',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': manifest.version,
      'org.opencontainers.image.revision': 'under-test',
    });
  });

  test('keeps nothing of how it was built: neither the registry nor a trusted authority', async () => {
    const history = await docker(
      'history',
      '--no-trunc',
      '--format',
      '{{.CreatedBy}}',
      SLUICE_IMAGE,
    );
    expect(history).not.toContain(new URL(await npmRegistry()).host);
    const { Config } = await inspectImage(SLUICE_IMAGE);
    expect(Config.Env.filter((variable) => /npm|_CA_|registry/i.test(variable))).toEqual([]);
  });

  test('is small', async () => {
    if ('missing' in bases) throw new Error(bases.missing);
    const { Size } = await inspectImage(SLUICE_IMAGE);
    const base = await inspectImage(bases.runtime);
    expect(Size).toBeLessThan(IMAGE_BYTES_MAX);
    expect(Size - base.Size).toBeLessThan(ADDED_BYTES_MAX);
  });

  test('asks for SIGTERM, and for a user that is a number and not root', async () => {
    const { Config } = await inspectImage(SLUICE_IMAGE);
    expect(Config.StopSignal).toBe('SIGTERM');
    expect(Config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });
});

test.skipIf('missing' in bases)('the broker on its own serves a gateway', async () => {
  const volume = await newVolume();
  const broker = await startContainer({
    command: ['dist/broker-main.js'],
    env: { BROKER_PASSWORD: 'of-the-test' },
    options: ['--volume', `${volume}:/data`],
  });
  const gateway = await startContainer({
    env: { IGGY_CONNECTION_STRING: `iggy://iggy:of-the-test@${await broker.address()}:8090` },
  });
  await untilStatus(`${await gateway.url()}/ready`, 200);
  expect(await gateway.stop()).toBe(0);
  expect(await broker.stop()).toBe(0);
});

describe.skipIf('missing' in bases)('a container', () => {
  test('without a broker is alive and not ready, becomes healthy, and ends with 0 on SIGTERM', async () => {
    const container = await startContainer({ env: BROKER_AWAY });
    const url = await container.url();
    await untilStatus(`${url}/health`, 200);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    await until(async () => (await container.health()) === 'healthy');
    expect(await container.stop()).toBe(0);
    expect(await container.logs()).toContain('"signal":"SIGTERM"');
  });

  test('is one process without root: node itself, which gets the signals', async () => {
    const container = await startContainer({ env: BROKER_AWAY });
    const script = `console.log(process.getuid(), fs.readFileSync('/proc/1/cmdline', 'utf8'))`;
    const [uid, commandLine] = (await container.exec('node', '--eval', script)).split(' ');
    expect(uid).toBe('10001');
    expect(commandLine?.split('\0')).toEqual(['node', 'dist/main.js', '']);
  });

  test('can write nothing, not even where its program is, if the root is read-only', async () => {
    const container = await startContainer({ env: BROKER_AWAY });
    const script = `try { fs.writeFileSync('/app/x', '') } catch (error) { console.log(error.code) }`;
    expect(await container.exec('node', '--eval', script)).toBe('EROFS');
  });

  test('is asked for its health on the port that PORT names', async () => {
    const container = await startContainer({ env: { ...BROKER_AWAY, PORT: '8080' } });
    await until(async () => (await container.health()) === 'healthy');
  });

  test('that does not answer is not healthy', async () => {
    const { Config } = await inspectImage(SLUICE_IMAGE);
    const [kind, ...command] = Config.Healthcheck.Test;
    expect(kind).toBe('CMD');
    const container = await startContainer({
      env: BROKER_AWAY,
      command: ['--eval', 'setInterval(() => {}, 1000)'],
    });
    await expect(container.exec(...command)).rejects.toMatchObject({ code: 1 });
  });

  test('that is told of no broker ends with 78, for its own is off', async () => {
    const container = await startContainer();
    expect(await container.ended()).toBe(78);
  });

  test('with the embedded broker keeps what it acknowledged in its volume', async () => {
    const volume = await newVolume();
    const run = {
      env: { EMBEDDED_BROKER: 'on' },
      options: ['--volume', `${volume}:/data`],
    };
    const first = await startContainer(run);
    const messages = `${await first.url()}/messages`;
    await untilStatus(`${await first.url()}/ready`, 200);
    const sent = await fetch(messages, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(EVENT),
    });
    expect(sent.status).toBe(201);
    const { partition_id: partition } = (await sent.json()) as { partition_id: number };
    expect(await first.stop()).toBe(0);

    const second = await startContainer(run);
    await untilStatus(`${await second.url()}/ready`, 200);
    const polled = await fetch(`${await second.url()}/messages?offset=0&partition_id=${partition}`);
    expect(await polled.json()).toMatchObject({ count: 1, messages: [EVENT] });
    expect(await second.stop()).toBe(0);
  });
});
