import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

const run = promisify(execFile);

/** One short round of the smallest of everything: what it measures means nothing. */
async function quick(name: string): Promise<string> {
  const { IGGY_CONNECTION_STRING: _, ...env } = process.env;
  const args = ['bench/main.ts', name, '--quick', '--seconds', '0.5', '--warmup', '0.5'];
  const { stdout } = await run(process.execPath, args, { env });
  return stdout;
}

/** Cells of the table in `report`, row by row, without its head. */
function rowsOf(report: string): string[][] {
  const rows = report.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What each bench compares, and how many goals it has. A bench that is not here fails. */
const BENCHES: readonly (readonly [name: string, rows: number, goals: number])[] = [
  ['pipeline', 4, 1],
  ['produce', 4, 2],
  ['batch', 2, 1],
  ['poll', 2, 0],
  ['client', 6, 1],
  ['broker', 2, 1],
  ['scale', 7, 4],
  ['generator', 2, 1],
];

test.each(BENCHES)(
  'the bench "%s" runs to its end, and prints numbers',
  async (name, rows, goals) => {
    const report = await quick(name);
    expect(report.startsWith(`${name}: `), report).toBe(true);
    expect(rowsOf(report), report).toHaveLength(rows);
    expect(report).not.toMatch(/NaN|Infinity|undefined/);
    expect(report.match(/^- (?:pass|FAIL): /gm) ?? []).toHaveLength(goals);
  },
);

test('the bench "soak" samples all the while, and tells of growth', async () => {
  const report = await quick('soak');
  expect(rowsOf(report).length, report).toBeGreaterThan(0);
  expect(report).not.toMatch(/NaN|Infinity|undefined/);
  expect(report.match(/^- (?:pass|FAIL): /gm)).toHaveLength(2);
});

test('every bench there is is among them', () => {
  const listed = /const BENCHES = \{([^}]*)\}/.exec(readFileSync('bench/main.ts', 'utf8'))?.[1];
  const names = [...(listed ?? '').matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set([...BENCHES.map(([name]) => name), 'soak']));
});
