import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { type RoutesOptions, routes } from '../../src/routes.ts';
import { unknownVariables } from '../support/env-names.ts';
import { build } from '../support/kustomize.ts';
import {
  bytesOf,
  configOf,
  deploymentOf,
  environmentOf,
  podOf,
  specOf,
} from '../support/manifests.ts';
import { podSecurityFaults } from '../support/pod-security.ts';

const OVERLAYS = ['dev', 'prod'].map((overlay) => ({
  overlay,
  resources: build(`k8s/overlays/${overlay}`, [
    '../../components/service-monitor',
    '../../components/tracing',
  ]),
}));
const PROD = build('k8s/overlays/prod');
const DEV = build('k8s/overlays/dev');

describe.each(OVERLAYS)('the overlay $overlay', ({ resources }) => {
  const pod = podOf(resources);
  const [container] = pod.containers;
  const { http, metrics, gates } = configOf(resources);

  test('sets only what the gateway reads, to what it takes', () => {
    expect(unknownVariables(Object.keys(environmentOf(resources)))).toEqual([]);
    expect(gates.auth?.file?.keys.length).toBe(gates.auth ? 1 : undefined);
  });

  test('lets a stop end by itself, with every request that was taken finished', () => {
    expect(http.shutdownDelayMs).toBe(5000);
    expect(http.shutdownDelayMs + http.operationTimeoutMs).toBeLessThan(http.shutdownTimeoutMs);
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(
      http.shutdownTimeoutMs + 5000,
    );
  });

  test('asks routes that exist, on the port the gateway listens on', () => {
    // The handlers are not called, so what they need may be missing.
    const served = routes({ deadline: async () => {} } as unknown as RoutesOptions).router.stack;
    const paths = served.filter(({ methods }) => methods.includes('GET')).map((it) => it.path);
    for (const { httpGet } of [container.startupProbe, container.livenessProbe]) {
      expect(httpGet).toEqual({ path: '/health', port: 'http' });
    }
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'http' });
    expect(paths).toEqual(expect.arrayContaining(['/health', '/ready']));
    const ports = container.ports.map(({ name, containerPort }) => [name, containerPort]);
    expect(ports).toEqual([
      ['http', http.port],
      ['metrics', metrics.port],
    ]);
    for (const host of [http.host, metrics.host]) expect(host).toMatch(/^(?:0\.0\.0\.0|::)$/);
  });

  test('never restarts a pod because the broker is away', () => {
    expect(http.startupWait).toBe(false);
    expect(container.livenessProbe.httpGet.path).not.toBe('/ready');
  });

  test('keeps to the restricted Pod Security Standard, which its namespace asks for', () => {
    expect(podSecurityFaults(pod)).toEqual([]);
    const namespace = resources.find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  test('has no token of the cluster, and no variable that a Service nearby has made', () => {
    const account = resources.find(({ kind }) => kind === 'ServiceAccount');
    expect(account?.['automountServiceAccountToken']).toBe(false);
    expect(pod).toMatchObject({
      serviceAccountName: account?.metadata.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
    });
  });

  test('holds the bodies under way in half of its memory', () => {
    const limit = bytesOf(container.resources.limits['memory']);
    expect(limit).toBeGreaterThan(0);
    expect(gates.inFlightMax * http.bodyBytesMax).toBeLessThanOrEqual(limit / 2);
    // A throttled event loop is a late one.
    expect(container.resources.limits['cpu']).toBeUndefined();
  });

  test('has one namespace, one selector, and an image of the version it says', () => {
    const { selector, template } = deploymentOf(resources);
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    const version = template.metadata.labels['app.kubernetes.io/version'] ?? '';
    const { version: own } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version: string;
    };
    expect(version).toBe(own);
    expect(container.image).toMatch(new RegExp(`/?sluice:${RegExp.escape(version)}$`));
    const namespace = resources.find(({ kind }) => kind === 'Namespace')?.metadata.name;
    for (const { kind, metadata } of resources) {
      if (kind !== 'Namespace') expect(metadata.namespace, kind).toBe(namespace);
    }
    const { matchLabels } = selector;
    expect(specOf(resources, 'Service')).toMatchObject({ selector: matchLabels });
    expect(specOf(resources, 'ServiceMonitor')).toMatchObject({ selector: { matchLabels } });
    for (const { kind, metadata, spec } of resources) {
      if (kind === 'NetworkPolicy') expect(spec).toMatchObject({ podSelector: { matchLabels } });
      if (kind === 'PodDisruptionBudget') expect(spec).toMatchObject({ selector: { matchLabels } });
      expect(metadata.labels?.['app.kubernetes.io/instance'], kind).toBe(namespace);
    }
  });

  test('opens the metrics to Prometheus by the name of the port', () => {
    expect(specOf(resources, 'Service')).toMatchObject({
      ports: [
        { name: 'http', targetPort: 'http' },
        { name: 'metrics', targetPort: 'metrics' },
      ],
    });
    expect(specOf(resources, 'ServiceMonitor')).toMatchObject({
      endpoints: [{ port: 'metrics', path: '/metrics' }],
    });
  });

  test('opens the way to the collector that the traces go to', () => {
    const { endpoint = '' } = configOf(resources).tracing;
    const policy = resources.find(({ metadata }) => metadata.name === 'sluice-tracing');
    const [, namespace] = new URL(endpoint).hostname.split('.');
    expect(policy?.['spec']).toMatchObject({
      egress: [
        {
          to: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
          ],
          ports: [{ port: Number(new URL(endpoint).port), protocol: 'TCP' }],
        },
      ],
    });
  });
});

describe('prod', () => {
  const { http, gates, broker } = configOf(PROD);

  test('replaces pods without ever having fewer, and lets the autoscaler choose how many', () => {
    const { strategy, replicas, template } = deploymentOf(PROD);
    expect(strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    expect(replicas).toBeUndefined();
    expect(template.spec.containers[0].resources.requests['cpu']).toBeDefined();
    expect(specOf(PROD, 'HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'sluice' },
      minReplicas: 3,
    });
    expect(specOf(PROD, 'PodDisruptionBudget')).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('asks for a key, and believes a proxy', () => {
    expect(broker.kind).toBe('remote');
    expect(gates.auth).toBeDefined();
    expect(gates.trustedProxies.length).toBeGreaterThan(0);
    expect(gates.corsOrigins).not.toBe('*');
  });

  test('leaves refusals, time limits and repetitions to the gateway', () => {
    const ingress = PROD.find(({ kind }) => kind === 'Ingress');
    const annotations = ingress?.metadata['annotations'] as Record<string, string>;
    const told = (name: string): string => annotations[`nginx.ingress.kubernetes.io/${name}`] ?? '';
    expect(bytesOf(told('proxy-body-size'))).toBeGreaterThan(http.bodyBytesMax);
    expect(Number(told('proxy-read-timeout')) * 1000).toBeGreaterThan(http.operationTimeoutMs);
    expect(told('proxy-next-upstream')).toBe('off');
  });
});

describe('dev', () => {
  test('has one pod at a time, because one process alone may hold the data', () => {
    const { strategy, replicas, template } = deploymentOf(DEV);
    expect(strategy).toEqual({ type: 'Recreate' });
    expect(replicas).toBe(1);
    const kinds = DEV.map(({ kind }) => kind);
    expect(kinds).not.toEqual(expect.arrayContaining(['HorizontalPodAutoscaler']));
    expect(kinds).not.toEqual(expect.arrayContaining(['PodDisruptionBudget']));
    const { broker } = configOf(DEV);
    const { volumes, containers } = template.spec;
    const claim = DEV.find(({ kind }) => kind === 'PersistentVolumeClaim')?.metadata.name;
    expect(broker).toMatchObject({ kind: 'embedded', dataDir: '/data' });
    expect(containers[0].volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
    expect(volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: claim } }]);
  });

  test('needs no Secret', () => {
    expect(JSON.stringify(DEV)).not.toMatch(/secret(?:KeyRef|Ref|Name)/);
  });
});

describe('the folder k8s', () => {
  const files = readdirSync('k8s', { recursive: true, encoding: 'utf8' });

  test('holds no secret', () => {
    const kinds = [...PROD, ...DEV].map(({ kind }) => kind);
    expect(kinds).not.toEqual(expect.arrayContaining(['Secret']));
    const texts = files
      .filter((file) => /\.(?:yaml|env)$/.test(file))
      .map((file) => readFileSync(path.join('k8s', file), 'utf8'));
    expect(texts.filter((text) => /iggy:\/\/[^\s]*@|^API_KEY=./m.test(text))).toEqual([]);
  });

  test('runs as the user that the image has', () => {
    const [, user] = /^USER (\d+)/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(podOf(PROD)['securityContext']).toMatchObject({ runAsUser: Number(user) });
  });
});
