import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { build, type Resource } from '../support/kustomize.ts';
import { findPythonPackage } from '../support/python-package.ts';

const COMPONENTS = ['../../components/service-monitor', '../../components/tracing'];

/** The oldest minor version of Kubernetes that the manifests are meant for, and the newest there is. */
const VERSIONS = ['1.33', '1.37'];

/** Brought by the Prometheus Operator, not by Kubernetes. */
const FOREIGN: ReadonlySet<string> = new Set(['ServiceMonitor']);

const python = await findPythonPackage({
  requirement: 'kubernetes-validate==1.37.0',
  module: 'kubernetes_validate',
  for: 'k8s',
});

/** What of the resources the API server of that version would refuse. */
function faultsOf(resources: readonly Resource[], version: string): string[] {
  if ('missing' in python) throw new Error(python.missing);
  const script = path.resolve('tests/k8s/check_resources.py');
  const input = JSON.stringify({ version, resources });
  const output = execFileSync(python.interpreter, [script], { input, encoding: 'utf8' });
  return JSON.parse(output) as string[];
}

function planted(change: (deployment: Resource) => void): Resource[] {
  const resources = build('k8s/overlays/prod');
  for (const resource of resources) if (resource.kind === 'Deployment') change(resource);
  return resources;
}

interface Deployment {
  spec: { template: { spec: { containers: Record<string, unknown>[] } } } & Record<string, unknown>;
}

const podOf = (resource: Resource): Deployment['spec']['template']['spec'] =>
  (resource as unknown as Deployment).spec.template.spec;

describe.skipIf('missing' in python)('the schemas of the Kubernetes API', () => {
  test.each(VERSIONS)('take every resource of both overlays, version %s', (version) => {
    for (const overlay of ['dev', 'prod']) {
      const resources = build(`k8s/overlays/${overlay}`, COMPONENTS);
      const own = resources.filter(({ kind }) => !FOREIGN.has(kind));
      expect(own.length).toBe(resources.length - 1);
      expect(faultsOf(own, version), overlay).toEqual([]);
    }
  });

  test.each<[fault: string, change: (deployment: Resource) => void]>([
    [
      'a member nobody knows',
      (deployment) => Object.assign(podOf(deployment), { terminationGracePeriod: 35 }),
    ],
    [
      'a value of another type',
      (deployment) => Object.assign(podOf(deployment), { terminationGracePeriodSeconds: '35' }),
    ],
    [
      'a required member that is missing',
      (deployment) => delete podOf(deployment).containers[0]?.['name'],
    ],
    [
      'a version of the API that is gone',
      (deployment) => Object.assign(deployment, { apiVersion: 'extensions/v1beta1' }),
    ],
  ])('find %s', (_, change) => {
    expect(faultsOf(planted(change), '1.37')).toEqual([
      expect.stringMatching(/^Deployment\/sluice: /),
    ]);
  });
});
