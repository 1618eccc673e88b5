import path from 'node:path';

interface Layer {
  /** Layers of `src/` this one may import, besides itself. */
  readonly layers: readonly string[];
  /** Packages and `node:` modules. A trailing `*` stands for any ending. */
  readonly packages: readonly string[];
}

const LIBRARIES = ['iggy-protocol', 'iggy-client', 'iggy-broker'];
const SERVICE_FACES = [
  'iggy-client/port.ts',
  'iggy-client/errors.ts',
  'iggy-client/text-headers.ts',
];

/**
 * Who may import whom: the table of ARCHITECTURE.md, as data. The longest matching path wins; a layer
 * may always import itself, except where it is listed in `NO_SIDEWAYS`.
 */
const LAYERS: Readonly<Record<string, Layer>> = {
  utils: { layers: [], packages: ['node:*'] },
  'errors.ts': { layers: [], packages: [] },
  'exit-codes.ts': { layers: [], packages: [] },
  'validation.ts': { layers: [], packages: [] },
  'version.ts': { layers: [], packages: ['node:fs'] },
  'models/network.ts': { layers: [], packages: ['ipaddr.js'] },
  models: { layers: ['validation.ts'], packages: ['zod'] },

  'iggy-protocol': { layers: [], packages: ['node:buffer', 'hash-wasm'] },

  'iggy-client/connection/machine.ts': { layers: [], packages: [] },
  'iggy-client/connection/backoff.ts': { layers: [], packages: [] },
  'iggy-client/connection/transport.ts': {
    layers: ['iggy-client', 'iggy-protocol', 'utils'],
    packages: ['node:net', 'node:tls'],
  },
  'iggy-client': { layers: ['iggy-protocol', 'utils'], packages: ['node:buffer'] },

  'iggy-broker/sqlite-storage.ts': {
    layers: ['iggy-broker', 'iggy-protocol', 'utils'],
    packages: ['node:sqlite', 'node:fs', 'node:path'],
  },
  'iggy-broker/data-file.ts': {
    layers: ['iggy-broker', 'iggy-protocol', 'utils'],
    packages: ['node:sqlite', 'node:fs', 'node:path'],
  },
  'iggy-broker/disk-space.ts': { layers: [], packages: ['node:fs'] },
  'iggy-broker/lock.ts': {
    layers: ['iggy-broker', 'utils'],
    packages: ['node:sqlite', 'node:fs', 'node:path'],
  },
  'iggy-broker/tcp-listener.ts': {
    layers: ['iggy-broker', 'iggy-protocol', 'utils'],
    packages: ['node:net'],
  },
  'iggy-broker/serve-tls.ts': { layers: [], packages: ['node:net', 'node:tls'] },
  'iggy-broker/zip.ts': { layers: ['iggy-protocol'], packages: ['node:zlib'] },
  'iggy-broker/worker.ts': {
    layers: ['iggy-broker', 'iggy-protocol', 'utils'],
    packages: ['node:worker_threads'],
  },
  'iggy-broker/argon2.ts': { layers: ['iggy-broker', 'utils'], packages: ['node:crypto'] },
  'iggy-broker/hasher.ts': { layers: ['iggy-broker', 'utils'], packages: ['node:crypto'] },
  'iggy-broker/host-facts.ts': {
    layers: ['iggy-broker', 'utils'],
    packages: ['node:os', 'node:fs'],
  },
  'iggy-broker/broker.ts': {
    layers: ['iggy-broker', 'iggy-protocol', 'utils'],
    packages: ['node:worker_threads'],
  },
  'iggy-broker': { layers: ['iggy-protocol', 'utils'], packages: ['node:buffer'] },

  services: { layers: [...SERVICE_FACES, 'models', 'errors.ts', 'utils'], packages: [] },
  tasks: { layers: ['services', 'iggy-client/port.ts', 'utils'], packages: [] },
  'telemetry/logger.ts': {
    layers: ['telemetry', 'utils'],
    packages: ['pino', 'pino-pretty', 'node:*'],
  },
  'telemetry/log-destination.ts': { layers: ['utils'], packages: ['node:fs'] },
  'telemetry/prometheus.ts': { layers: ['telemetry'], packages: ['prom-client'] },
  'telemetry/open-telemetry.ts': { layers: ['telemetry', 'utils'], packages: ['@opentelemetry/*'] },
  telemetry: { layers: ['utils'], packages: [] },
  'http/gcra-limiter.ts': { layers: ['utils'], packages: ['rate-limiter-flexible', 'lru-cache'] },
  'http/key-ring.ts': { layers: ['models'], packages: ['node:crypto'] },
  'http/openapi': {
    layers: ['http', 'errors.ts', 'models'],
    packages: ['zod', 'zod-openapi'],
  },
  http: {
    layers: ['errors.ts', 'models', 'utils'],
    packages: ['koa', '@koa/router', 'zod', 'node:http', 'node:stream', 'node:zlib'],
  },
  middleware: {
    layers: ['http', 'models/scope.ts', 'models/network.ts', 'errors.ts', 'utils', 'telemetry'],
    packages: ['koa', '@koa/cors', 'node:crypto'],
  },
  'handlers/docs.ts': {
    layers: ['http', 'models', 'services'],
    packages: ['koa', 'node:fs/promises'],
  },
  handlers: { layers: ['http', 'models', 'services'], packages: ['koa'] },
  'config/server-tls.ts': {
    layers: ['config'],
    packages: ['node:fs', 'node:tls', 'node:crypto'],
  },
  'config/gate-parsers.ts': { layers: ['config', 'models'], packages: ['node:crypto'] },
  config: {
    layers: ['models', 'validation.ts', 'iggy-client/index.ts'],
    packages: ['zod', 'node:fs'],
  },
  'config.ts': {
    layers: ['config', 'models', 'validation.ts', 'iggy-client/index.ts'],
    packages: ['zod', 'node:fs'],
  },
  'state.ts': { layers: ['*'], packages: ['koa', '@koa/router'] },
  'routes.ts': { layers: ['*'], packages: ['koa', '@koa/router'] },
  'app.ts': {
    layers: ['*'],
    packages: ['koa', '@koa/router', 'node:http', 'node:net', 'node:crypto'],
  },
  'broker-link.ts': { layers: ['*'], packages: ['node:crypto'] },
  'gates.ts': { layers: ['*'], packages: ['koa'] },
  'telemetry-link.ts': { layers: ['*'], packages: [] },
  'start-line.ts': { layers: ['*'], packages: [] },
  'app-failure.ts': { layers: ['exit-codes.ts'], packages: [] },
  'arguments.ts': { layers: [], packages: ['node:util'] },
  'own-broker.ts': { layers: ['app-failure.ts', 'exit-codes.ts', 'iggy-broker'], packages: [] },
  'process-edge.ts': {
    layers: [
      'app-failure.ts',
      'arguments.ts',
      'config',
      'exit-codes.ts',
      'telemetry',
      'utils',
      'version.ts',
    ],
    packages: ['node:process', 'node:fs'],
  },
  'main.ts': { layers: ['*'], packages: ['node:process'] },
  'broker-commands.ts': {
    layers: ['arguments.ts', 'exit-codes.ts', 'iggy-broker'],
    packages: [],
  },
  'broker-main.ts': {
    layers: [
      'app-failure.ts',
      'arguments.ts',
      'broker-commands.ts',
      'config',
      'exit-codes.ts',
      'own-broker.ts',
      'process-edge.ts',
    ],
    packages: ['node:process'],
  },
};

/** Folders whose files must not import each other: what two of them share belongs a layer down. */
const NO_SIDEWAYS: ReadonlySet<string> = new Set(['handlers', 'middleware']);

/** Only the process edge may see these layers, and nobody imports the edge. */
const EDGES: ReadonlySet<string> = new Set([
  'main.ts',
  'broker-main.ts',
  'process-edge.ts',
  'app.ts',
  'broker-link.ts',
  'gates.ts',
  'telemetry-link.ts',
  'start-line.ts',
  'routes.ts',
  'state.ts',
]);

const LAYER_NAMES = Object.keys(LAYERS).toSorted((a, b) => b.length - a.length);
const IMPORT =
  /(?:^|[\n;])\s*(?:import|export)\s[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

const isWithin = (file: string, layer: string): boolean =>
  file === layer || file.startsWith(`${layer}/`);

/** Everything `file` (a path below `src/`) imports against the table, in words. */
export function importViolations(file: string, source: string): string[] {
  const layerName = LAYER_NAMES.find((name) => isWithin(file, name));
  const layer = layerName === undefined ? undefined : LAYERS[layerName];
  if (layerName === undefined || layer === undefined) {
    return [`src/${file} belongs to no layer; give it a row in the table`];
  }
  const specifiers = [...source.matchAll(IMPORT)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return specifiers.flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      return layer.packages.some((allowed) => matches(specifier, allowed))
        ? []
        : [`src/${file} may not import the package ${specifier}`];
    }
    const target = path.posix.join(path.posix.dirname(file), specifier);
    return mayImport(file, layerName, layer, target)
      ? []
      : [`src/${file} (${layerName}) may not import src/${target}`];
  });
}

function matches(specifier: string, allowed: string): boolean {
  return allowed.endsWith('*') ? specifier.startsWith(allowed.slice(0, -1)) : specifier === allowed;
}

function mayImport(file: string, layerName: string, layer: Layer, target: string): boolean {
  if (NO_SIDEWAYS.has(layerName) && isWithin(target, layerName)) return false;
  if (target === 'main.ts' || target === 'broker-main.ts') return false;

  const home = LIBRARIES.find((library) => isWithin(file, library));
  const library = LIBRARIES.find((it) => isWithin(target, it));
  if (library !== undefined && library !== home) {
    const faces = [`${library}/index.ts`, ...SERVICE_FACES];
    if (!faces.includes(target)) return false;
  }
  if (layerName === home || isWithin(target, layerName)) {
    if (isWithin(target, layerName)) return true;
  }
  if (layer.layers.includes('*')) return !EDGES.has(target) || EDGES.has(layerName);
  return layer.layers.some((allowed) => isWithin(target, allowed));
}
