import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { licenceFaults, productionPackages } from './support/licences.ts';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};
const PACKAGES = productionPackages();

describe('the licences of what is installed in production', () => {
  test('fit, indirect dependencies included', () => {
    const folders = PACKAGES.map(({ folder }) => folder);
    const direct = Object.keys(dependencies).map((name) => `node_modules/${name}`);
    expect(folders).toEqual(expect.arrayContaining(direct));
    expect(folders.length).toBeGreaterThan(direct.length);
    expect(folders).not.toContain('node_modules/vitest');
    expect(licenceFaults(PACKAGES)).toEqual([]);
  });

  test.each(['MIT', '(GPL-3.0 OR MIT)', 'MIT AND ISC', 'MIT OR GPL-3.0 AND ISC'])(
    '%s is allowed',
    (licence) => {
      expect(licenceFaults([{ folder: 'a', licence }])).toEqual([]);
    },
  );

  test.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0',
    'UNLICENSED',
    'SEE LICENSE IN FILE',
    '(MIT OR ISC) AND (GPL-3.0 OR AGPL-3.0)',
    '',
    undefined,
    { type: 'MIT' },
  ])('%j is not', (licence) => {
    expect(licenceFaults([{ folder: 'a', licence }])).toEqual([expect.stringMatching(/^a: /)]);
  });
});

test('docs/dependencies.md has every direct dependency once, with its licence and a reason, and no other', () => {
  const table = readFileSync('docs/dependencies.md', 'utf8').matchAll(
    /^\| `(\S+)` \| (.{20,}) \| (\S+) \|$/gm,
  );
  const licences = new Map(PACKAGES.map(({ folder, licence }) => [folder, licence]));
  expect([...table].map(([, name, , licence]) => [name, licence])).toEqual(
    Object.keys(dependencies).map((name) => [name, licences.get(`node_modules/${name}`)]),
  );
});
