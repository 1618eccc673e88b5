import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { onTestFinished } from 'vitest';

import { type BaseImages, findBaseImages } from './base-images.ts';
import { docker, findDocker, type Missing, skipLoudly } from './docker.ts';
import { until } from './spawn-gateway.ts';

const run = promisify(execFile);

export const SLUICE_IMAGE = 'sluice:test';

/** What images are built on here, or why none can be. */
export async function findBuilder(): Promise<BaseImages | Missing> {
  const found = await findDocker();
  return skipLoudly('tests/container', 'missing' in found ? found : await findBaseImages());
}

export async function npmRegistry(): Promise<string> {
  return (await run('npm', ['config', 'get', 'registry'])).stdout.trim();
}

/** Builds the image as its users do, with this machine's ways to npm packages. */
export async function buildImage(bases: BaseImages): Promise<void> {
  const args = {
    BUILD_IMAGE: bases.build,
    RUNTIME_IMAGE: bases.runtime,
    NPM_CONFIG_REGISTRY: await npmRegistry(),
    REVISION: 'under-test',
  };
  const buildArgs = Object.entries(args).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  await docker('build', '--network=host', '--quiet', ...buildArgs, '--tag', SLUICE_IMAGE, '.');
}

/** What `docker inspect` says of an image and of a container, as far as anybody asks here. */
export interface ImageFacts {
  Size: number;
  Config: {
    User: string;
    Env: string[];
    Labels: Record<string, string>;
    Healthcheck: { Test: string[] };
    StopSignal: string;
  };
}
interface ContainerFacts {
  State: { Running: boolean; ExitCode: number; Health?: { Status: string } };
  NetworkSettings: {
    Networks: { bridge: { IPAddress: string } };
    Ports: Record<string, { HostPort: string }[] | null>;
  };
}

export async function inspectImage(image: string): Promise<ImageFacts> {
  const [facts] = JSON.parse(await docker('image', 'inspect', image)) as [ImageFacts];
  return facts;
}

/** Runs JavaScript in a container of its own, and gives what it printed. */
export function evaluate(script: string): Promise<string> {
  return docker('run', '--rm', '--network=none', SLUICE_IMAGE, '--eval', script);
}

export interface Container {
  /** Where its port 3000 is reached from here. */
  url(): Promise<string>;
  /** Where other containers reach it. */
  address(): Promise<string>;
  health(): Promise<string | undefined>;
  logs(): Promise<string>;
  exec(...command: readonly string[]): Promise<string>;
  /** Sends the signal that the image asks for; waits, and gives the exit code. */
  stop(): Promise<number>;
  /** Waits until it has ended by itself. */
  ended(): Promise<number>;
}

export interface ContainerOptions {
  env?: Record<string, string>;
  /** Further words for `docker run`. */
  options?: readonly string[];
  /** In place of the command of the image. */
  command?: readonly string[];
}

/** As hardened as Kubernetes runs it: no root, no capability, nothing that can be written but volumes. */
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

/** Longer than any stop takes: whoever needs it is killed, and says 137. */
const STOP_SECS_MAX = 30;

/** The container is gone when the test ends. */
export async function startContainer(given: ContainerOptions = {}): Promise<Container> {
  const env = Object.entries(given.env ?? {}).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const ports = ['--publish', '127.0.0.1::3000'];
  const options = [...HARDENED, ...ports, '--health-interval=1s', ...env, ...(given.options ?? [])];
  const id = await docker('run', '--detach', ...options, SLUICE_IMAGE, ...(given.command ?? []));
  onTestFinished(async () => {
    await docker('rm', '--force', '--volumes', id);
  });
  const inspect = async (): Promise<ContainerFacts> => {
    const [facts] = JSON.parse(await docker('inspect', id)) as [ContainerFacts];
    return facts;
  };
  return {
    async url() {
      const { NetworkSettings } = await inspect();
      return `http://127.0.0.1:${NetworkSettings.Ports['3000/tcp']?.[0]?.HostPort}`;
    },
    address: async () => (await inspect()).NetworkSettings.Networks.bridge.IPAddress,
    health: async () => (await inspect()).State.Health?.Status,
    logs: () => docker('logs', id),
    exec: (...command) => docker('exec', id, ...command),
    async stop() {
      await docker('stop', '--time', String(STOP_SECS_MAX), id);
      return (await inspect()).State.ExitCode;
    },
    ended: async () => Number(await docker('wait', id)),
  };
}

/** A volume of the test's own, gone afterwards. */
export async function newVolume(): Promise<string> {
  const volume = await docker('volume', 'create');
  onTestFinished(async () => {
    await docker('volume', 'rm', '--force', volume);
  });
  return volume;
}

/** Waits until a path is answered so. A refused or reset connection is an answer yet to come. */
export async function untilStatus(url: string, status: number): Promise<void> {
  await until(async () => {
    const answer = await fetch(url).catch(() => undefined);
    return answer?.status === status;
  });
}
