import { expect, test } from 'vitest';

import { LruMap } from '../../../src/iggy-client/lru-map.ts';

test('what was not used for the longest time makes room', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('setting again does not take more room', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 0);
  expect([map.get('a'), map.get('b')]).toEqual([0, 2]);
});

test('what was deleted is gone', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.delete('a');
  expect([map.get('a'), map.size, [...map.keys()]]).toEqual([undefined, 0, []]);
});
