import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { readArguments } from '../fuzz/arguments.ts';
import { commandFaults, workflowFaults } from './support/workflows.ts';

const FOLDER = '.github/workflows';
const FILES = readdirSync(FOLDER);

const textOf = (file: string): string => readFileSync(`${FOLDER}/${file}`, 'utf8');

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['fuzz/main.ts', ...args], { encoding: 'utf8' });

const TARGETS = run('--list').trimEnd().split('\n');
const KNOWN = { scripts: new Set(Object.keys(scripts)), targets: new Set(TARGETS) };

describe('workflows', () => {
  test.each(FILES)('%s names only what there is, pins what it uses, and ends in time', (file) => {
    expect(workflowFaults(textOf(file), KNOWN)).toEqual([]);
  });

  test('ci.yml runs everything that must hold, and the container tests, with no skip accepted', () => {
    const { jobs } = parse(textOf('ci.yml')) as {
      jobs: Record<string, { env?: object; steps: { run?: string }[] }>;
    };
    const commands = (job: string): unknown[] => jobs[job]?.steps.map((step) => step.run) ?? [];
    expect(commands('check')).toContain('.ci/run');
    expect(existsSync('.ci/run')).toBe(true);
    expect(commands('containers')).toContain('npm run test:container');
    expect(jobs['containers']?.env).toEqual({ SLUICE_NO_SKIPS: '1' });
  });

  test('nightly.yml attacks every target for ten minutes', () => {
    const text = textOf('nightly.yml');
    expect(text).toContain('npm run --silent fuzz -- --list');
    expect(text).toContain('target: ${{ fromJSON(needs.targets.outputs.names) }}');
    expect(text).toContain('npm run fuzz -- ${{ matrix.target }} --seconds 600');
  });

  const planted = (steps: string, more = 'permissions: {contents: read}'): string =>
    `${more}\njobs:\n  a:\n    timeout-minutes: 1\n    steps:\n      - ${steps}\n`;

  test.each([
    ['a script', planted('run: npm ci && npm run chekc'), 'there is no script chekc'],
    ['a target', planted('run: npm run fuzz -- nmaes --seconds 1'), 'there is no target nmaes'],
    ['a moving action', planted('uses: actions/checkout@v6'), 'actions/checkout@v6 is not pinned'],
    [
      'a job without an end',
      planted('run: a').replace('timeout-minutes: 1', ''),
      'a may take for ever',
    ],
    ['rights', planted('run: a', 'permissions: write-all'), 'may do more than read the repository'],
    ['no word on rights', planted('run: a', ''), 'may do more than read the repository'],
  ])('%s is found', (_, text, fault) => {
    expect(workflowFaults(text, KNOWN)).toEqual([fault]);
  });
});

test.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'k8s/README.md'])(
  '%s names only scripts and targets that there are',
  (file) => {
    expect(commandFaults(readFileSync(file, 'utf8'), KNOWN)).toEqual([]);
  },
);

describe('npm run fuzz', () => {
  test('lists its targets, and attacks none', () => {
    expect(scripts['fuzz']).toBe('node fuzz/main.ts');
    const lines = run().trimEnd().split('\n');
    expect(lines.slice(-TARGETS.length)).toEqual(TARGETS);
    expect(TARGETS.length).toBeGreaterThanOrEqual(8);
  });

  const names = ['a', 'b', 'c'];
  const read = (line: string): unknown => readArguments(line.split(' '), names);
  const attack = { kind: 'attack', seed: undefined, seconds: 10, path: undefined };

  test('attacks what is named, each once and in the order of the list', () => {
    expect(read('c a c')).toEqual({ ...attack, targets: ['a', 'c'] });
    expect(read('all')).toEqual({ ...attack, targets: names });
    expect(read('a all')).toEqual({ ...attack, targets: names });
    const wish = { kind: 'attack', targets: ['b'], seed: 0, seconds: 600, path: '1:2' };
    expect(read('b --seed 0 --seconds 600 --path 1:2')).toEqual(wish);
    expect(read('--list')).toEqual({ kind: 'list' });
  });

  test.each([
    'd',
    'a d',
    '--seed 1',
    'a --seed x',
    'a --seed 1.5',
    'a --seconds 0',
    'a --seconds x',
    'a --speed 1',
    'a --seed',
    '--list a',
  ])('refuses: %s', (line) => {
    expect(read(line)).toEqual({ kind: 'mistake' });
  });
});
