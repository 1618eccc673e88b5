import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { InProcessBroker } from '../../../support/start-broker.ts';

const STORED = 1;

function snapshot(compression: number, ...types: number[]) {
  return new InProcessBroker().client().call(commands.getSnapshot, { compression, types });
}

function namesIn(...types: number[]): string[] {
  const result = snapshot(STORED, ...types);
  if (!result.ok) throw new Error(`refused with ${result.code}`);
  return ['resource_usage', 'test', 'server_config'].filter((name) =>
    result.value.archive.includes(`${name}.txt`),
  );
}

test('a snapshot has the sections that are asked for and can be had', () => {
  expect(namesIn(4)).toEqual(['test']);
  expect(namesIn(6, 3, 6)).toEqual(['resource_usage', 'server_config']);
  expect(namesIn(100)).toEqual(['resource_usage', 'test', 'server_config']);
  expect(namesIn(1, 2, 5)).toEqual([]);
});

test.each([
  ['an unknown compression', 7, [4]],
  ['no compression', 0, [4]],
  ['an unknown type', STORED, [7]],
  ['everything and more', STORED, [100, 4]],
])('%s is refused', (_, compression, types) => {
  expect(snapshot(compression, ...types)).toEqual({ ok: false, code: STATUS.InvalidCommand });
});

test('a snapshot holds no password', () => {
  const result = snapshot(STORED, 100);
  expect(result.ok && result.value.archive.includes('iggy')).toBe(false);
});
