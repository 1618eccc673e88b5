import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

import { isMapping, type Mapping, strategicMerge } from './strategic-merge.ts';

/** What of Kustomize is understood here; anything else is refused, never passed over. */
const kustomizationFile = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        behavior: z.literal('merge').optional(),
        envs: z.array(z.string()),
      }),
    )
    .default([]),
  labels: z
    .array(
      z.strictObject({
        pairs: z.record(z.string(), z.string()),
        includeTemplates: z.literal(true),
      }),
    )
    .default([]),
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string() }))
    .default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
});
type Kustomization = z.infer<typeof kustomizationFile>;

export interface Resource extends Mapping {
  apiVersion: string;
  kind: string;
  metadata: Mapping & { name: string; namespace?: string; labels?: Record<string, string> };
}

/**
 * Renders an overlay as `kustomize build` does, with further components if wanted, so that the manifests can
 * be tested where there is no such program. Compared by hand with Kustomize 5.8.0.
 */
export function build(folder: string, components: readonly string[] = []): Resource[] {
  const resources = accumulate(folder, [], components);
  const names = new Map(
    resources
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((resource) => [resource.metadata.name, hashedName(resource)]),
  );
  for (const resource of resources) {
    if (resource.kind === 'ConfigMap') resource.metadata.name = hashedName(resource);
    else renameReferences(resource, names);
  }
  return resources;
}

/** Order matters, and is the original's: resources, generators, components, then what transforms them all. */
function accumulate(
  folder: string,
  before: readonly Resource[],
  more: readonly string[] = [],
): Resource[] {
  const own = kustomizationFile.parse(parse(read(folder, 'kustomization.yaml')));
  let resources = [...before, ...own.resources.flatMap((entry) => load(folder, entry))];
  for (const generator of own.configMapGenerator) generate(folder, generator, resources);
  for (const component of [...own.components, ...more]) {
    resources = accumulate(path.join(folder, component), resources);
  }
  for (const patch of own.patches) {
    resources = patched(resources, parse(read(folder, patch.path)) as Resource);
  }
  for (const resource of resources) transform(resource, own);
  return resources;
}

function read(folder: string, file: string): string {
  return readFileSync(path.join(folder, file), 'utf8');
}

function load(folder: string, entry: string): Resource[] {
  if (!entry.endsWith('.yaml')) return accumulate(path.join(folder, entry), []);
  return parseAllDocuments(read(folder, entry)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${entry}: ${String(document.errors[0])}`);
    return structuredClone(document.toJS() as Resource);
  });
}

/** A file of `NAME=value` lines, with comments of their own lines. */
function parseEnvFile(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const cut = line.indexOf('=');
      if (cut < 1) throw new Error(`no NAME=value: ${line}`);
      return [line.slice(0, cut), line.slice(cut + 1)];
    }),
  );
}

function generate(
  folder: string,
  { name, behavior, envs }: Kustomization['configMapGenerator'][number],
  resources: Resource[],
): void {
  const data = Object.assign({}, ...envs.map((file) => parseEnvFile(read(folder, file))));
  const known = resources.find((it) => it.kind === 'ConfigMap' && it.metadata.name === name);
  if ((behavior === 'merge') !== (known !== undefined)) {
    throw new Error(`${folder}: ConfigMap ${name} ${known ? 'is there already' : 'is not there'}`);
  }
  if (known) known['data'] = { ...(known['data'] as object), ...data };
  else resources.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

function patched(resources: readonly Resource[], patch: Resource): Resource[] {
  const isMeant = ({ apiVersion, kind, metadata }: Resource): boolean =>
    apiVersion === patch.apiVersion && kind === patch.kind && metadata.name === patch.metadata.name;
  if (resources.filter(isMeant).length !== 1) {
    throw new Error(`nothing to patch: ${patch.kind} ${patch.metadata.name}`);
  }
  if (patch['$patch'] === 'delete') return resources.filter((it) => !isMeant(it));
  return resources.map((it) => (isMeant(it) ? (strategicMerge(it, patch) as Resource) : it));
}

function transform(resource: Resource, { namespace, labels, images }: Kustomization): void {
  const { metadata } = resource;
  if (namespace !== undefined) {
    // The only kind used here that belongs to the whole cluster.
    if (resource.kind === 'Namespace') metadata.name = namespace;
    else metadata.namespace = namespace;
  }
  const template = templateOf(resource);
  for (const { pairs } of labels) {
    for (const labelled of [metadata, template?.metadata]) {
      if (labelled) labelled.labels = { ...labelled.labels, ...pairs };
    }
  }
  for (const container of template?.spec.containers ?? []) {
    const image = images.find(({ name }) => name === container.image);
    if (image) container.image = `${image.newName ?? image.name}:${image.newTag}`;
  }
}

interface Template {
  metadata: { labels?: Record<string, string> };
  spec: { containers: { image: string }[] };
}

function templateOf(resource: Resource): Template | undefined {
  const { spec } = resource as { spec?: { template?: Template } };
  return spec?.template;
}

function renameReferences(value: unknown, names: ReadonlyMap<string, string>): void {
  if (Array.isArray(value)) for (const part of value) renameReferences(part, names);
  if (!isMapping(value)) return;
  const reference = value['configMapRef'];
  if (isMapping(reference)) {
    reference['name'] = names.get(reference['name'] as string) ?? reference['name'];
  }
  for (const part of Object.values(value)) renameReferences(part, names);
}

/** The ten characters that Kustomize puts behind the name: no vowels, nothing that reads like a word. */
function hashedName({ metadata: { name }, data }: Resource): string {
  const sorted = Object.entries(data as Record<string, string>).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  // The name that is hashed is empty: Kustomize looks for it under a key `metadata/name`.
  const text = JSON.stringify({ data: Object.fromEntries(sorted), kind: 'ConfigMap', name: '' });
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 10);
  const instead: Record<string, string> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return `${name}-${digest.replaceAll(/[013ae]/g, (digit) => instead[digit] ?? digit)}`;
}
