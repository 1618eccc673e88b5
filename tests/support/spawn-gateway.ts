import { outputOf, type SpawnedProgram, type SpawnOptions, spawnProgram } from './spawn-program.ts';

export { newDataDir, until } from './spawn-program.ts';

export interface GatewayProcess extends SpawnedProgram {
  readonly url: string;
}

/** Runs the real gateway with nothing but these settings, and says how it ended. */
export function spawnGateway({ env = {}, ...options }: SpawnOptions = {}): SpawnedProgram {
  return spawnProgram({
    entry: 'src/main.ts',
    ...options,
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      RATE_LIMIT_RPS: '0',
      EMBEDDED_BROKER_PORT: '0',
      ...env,
    },
  });
}

/** The same, and waits until it listens. */
export async function startGatewayProcess(options: SpawnOptions = {}): Promise<GatewayProcess> {
  const gateway = spawnGateway(options);
  return { ...gateway, url: await outputOf(gateway, /listening on (http:\/\/[^\s,";]+)/) };
}
