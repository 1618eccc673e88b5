import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { build, type Resource } from '../support/kustomize.ts';
import { strategicMerge } from '../support/strategic-merge.ts';

/** Made for this test, with everything that our manifests use; `expected.yaml` is what Kustomize 5.8.0 made of it. */
const VECTOR = 'tests/vectors/kustomize-5.8.0';

const sorted = (resources: readonly Resource[]): Resource[] =>
  resources.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
const nameOf = ({ kind, metadata }: Resource): string => `${kind}/${metadata.name}`;

/** Renders the vector with one file replaced. */
function buildWith(file: string, text: string): Resource[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'kustomize-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(VECTOR, folder, { recursive: true });
  writeFileSync(path.join(folder, file), text);
  return build(path.join(folder, 'overlay'));
}

test('an overlay is rendered as Kustomize renders it', () => {
  const expected = parseAllDocuments(readFileSync(`${VECTOR}/expected.yaml`, 'utf8')).map(
    (document) => document.toJS() as Resource,
  );
  expect(sorted(build(`${VECTOR}/overlay`))).toEqual(sorted(expected));
});

test('a component that is asked for is as if it stood in the overlay', () => {
  expect(build(`${VECTOR}/base`, ['../component']).map(nameOf)).toContain('ServiceAccount/example');
});

describe('what is not understood is refused', () => {
  const overlay = readFileSync(`${VECTOR}/overlay/kustomization.yaml`, 'utf8');

  test.each([
    [
      'a feature of Kustomize',
      'overlay/kustomization.yaml',
      `${overlay}namePrefix: a-\n`,
      'namePrefix',
    ],
    [
      'a patch for nothing',
      'overlay/delete.yaml',
      'apiVersion: v1\nkind: A\nmetadata: {name: a}\n',
      'nothing to patch: A a',
    ],
    ['a file that is no YAML', 'base/resources.yaml', 'a: [\n', 'resources.yaml: YAMLParseError'],
    ['a line that sets nothing', 'base/settings.env', 'A\n', 'no NAME=value: A'],
    [
      'a ConfigMap to merge into that is not there',
      'base/kustomization.yaml',
      'apiVersion: a\nkind: Kustomization\nresources: [resources.yaml]\n',
      'ConfigMap settings is not there',
    ],
  ])('%s', (_, file, text, message) => {
    expect(() => buildWith(file, text)).toThrow(message);
  });

  test('a list of which nobody has said how it is merged', () => {
    expect(() => strategicMerge({}, { ports: [{ port: 80 }] })).toThrow(/ports/);
  });

  test('an element to take away that is not there', () => {
    const patch = { env: [{ name: 'A', $patch: 'delete' }] };
    expect(() => strategicMerge({ env: [{ name: 'B' }] }, patch)).toThrow(/no A/);
  });
});
