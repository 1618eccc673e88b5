import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { TestProject } from 'vitest/node';

import { announceSkip, findDocker, findImage, type Missing } from './docker.ts';
import { IGGY_IMAGE } from './iggy-image.ts';

const IMAGE = process.env['IGGY_IMAGE'] ?? IGGY_IMAGE;
const PORT = 8090;
const ROOT = { username: 'iggy', password: 'iggy-of-the-tests' };

/** A server to test against, or why there is none. */
export type RealIggy = { connectionString: string } | Missing;

declare module 'vitest' {
  interface ProvidedContext {
    realIggy: RealIggy;
  }
}

/** Before all tests of a project: the server that IGGY_CONNECTION_STRING names, else one in a container. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const given = process.env['IGGY_CONNECTION_STRING'];
  const found = given ? { connectionString: given } : await findServerImage();
  if ('missing' in found || 'connectionString' in found) {
    if ('missing' in found) announceSkip('tests/integration against a real Iggy', found);
    provide('realIggy', found);
    return async () => {};
  }
  const container = await startServer(found.image);
  const { username, password } = ROOT;
  const address = `${container.getHost()}:${container.getMappedPort(PORT)}`;
  provide('realIggy', { connectionString: `iggy://${username}:${password}@${address}` });
  return async () => {
    await container.stop();
  };
}

async function findServerImage(): Promise<{ image: string } | Missing> {
  const docker = await findDocker();
  return 'missing' in docker ? docker : findImage(IMAGE);
}

/** As the server's own documentation wants it for tests; io_uring is not in Docker's profile. */
function startServer(image: string): Promise<StartedTestContainer> {
  // The container that would clean up after us is one more image to pull, and holds Docker's socket.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  return new GenericContainer(image)
    .withEnvironment({
      IGGY_ROOT_USERNAME: ROOT.username,
      IGGY_ROOT_PASSWORD: ROOT.password,
      IGGY_TCP_ADDRESS: `0.0.0.0:${PORT}`,
      IGGY_NODE_ADVERTISED_ADDRESS: 'localhost',
      // The default asks for NUMA, which virtual machines often have not.
      IGGY_SHARDING_CPU_ALLOCATION: 'all',
    })
    .withExposedPorts(PORT)
    .withSecurityOpt('seccomp=unconfined')
    .withWaitStrategy(Wait.forLogMessage('server client listeners started'))
    .start();
}
