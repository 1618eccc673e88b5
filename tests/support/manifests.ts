import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type Config, parseConfig } from '../../src/config/config.ts';
import { keysText } from './keys-file.ts';
import type { Resource } from './kustomize.ts';
import type { Mapping } from './strategic-merge.ts';

interface Port {
  name: string;
  containerPort: number;
}

interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

interface Container extends Mapping {
  image: string;
  ports: Port[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: object } }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  volumeMounts: { name: string; mountPath: string }[];
}

interface Pod extends Mapping {
  terminationGracePeriodSeconds: number;
  containers: [Container];
  volumes: { name: string; secret?: object; persistentVolumeClaim?: { claimName: string } }[];
}

interface Deployment {
  replicas?: number;
  strategy: object;
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> }; spec: Pod };
}

/** The spec of the one resource of this kind. */
export function specOf(resources: readonly Resource[], kind: string): unknown {
  const found = resources.filter((resource) => resource.kind === kind);
  if (found.length !== 1)
    throw new Error(`there are ${found.length} resources of the kind ${kind}`);
  return found[0]?.['spec'];
}

export const deploymentOf = (resources: readonly Resource[]): Deployment =>
  specOf(resources, 'Deployment') as Deployment;

export const podOf = (resources: readonly Resource[]): Pod => deploymentOf(resources).template.spec;

/** What the process finds in its environment; the Secrets are stood in for. */
export function environmentOf(resources: readonly Resource[]): Record<string, string> {
  const settings = resources.find(({ kind }) => kind === 'ConfigMap')?.['data'];
  const environment = { ...(settings as Record<string, string>) };
  for (const { name, value, valueFrom } of podOf(resources).containers[0].env) {
    if (valueFrom && name !== 'IGGY_CONNECTION_STRING') throw new Error(`what is in ${name}?`);
    environment[name] = valueFrom ? 'iggy://sluice:secret@iggy.iggy:8090' : (value ?? '');
  }
  return environment;
}

/** What the gateway makes of it. The file of API keys is stood in for, if the pod mounts its folder. */
export function configOf(resources: readonly Resource[]): Config {
  const env = environmentOf(resources);
  if (!env['API_KEYS_FILE']) return parseConfig(env);

  const mounted = podOf(resources).containers[0].volumeMounts.map(({ mountPath }) => mountPath);
  if (!mounted.includes(path.dirname(env['API_KEYS_FILE']))) {
    throw new Error('nothing is mounted where API_KEYS_FILE is');
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-keys-'));
  try {
    const file = path.join(folder, 'keys.json');
    writeFileSync(file, keysText({ name: 'a', key: 'a', scopes: ['send:*'] }));
    return parseConfig({ ...env, API_KEYS_FILE: file });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of `512Mi` as Kubernetes writes it, or `2m` as nginx does. */
export const bytesOf = (quantity = ''): number => {
  const [, count = '', unit = ''] = /^(\d+)(Mi|Gi|m|k)$/.exec(quantity) ?? [];
  return Number(count) * { Mi: 2 ** 20, Gi: 2 ** 30, m: 2 ** 20, k: 2 ** 10 }[unit as 'Mi'];
};
