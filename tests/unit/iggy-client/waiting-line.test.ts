import { expect, test } from 'vitest';

import { WaitingLine } from '../../../src/iggy-client/waiting-line.ts';

test('first come, first served', () => {
  const line = new WaitingLine<string>({ entriesMax: 3, bytesMax: 100 });
  line.join('one', 1);
  line.join('two', 2);
  expect([line.shift(), line.shift(), line.shift()]).toEqual(['one', 'two', undefined]);
});

test('there is room for so many entries', () => {
  const line = new WaitingLine<string>({ entriesMax: 2, bytesMax: 100 });
  line.join('one', 1);
  line.join('two', 1);
  expect(line.join('three', 1)).toBeUndefined();
  line.shift();
  expect(line.join('three', 1)).toBeDefined();
});

test('there is room for so many bytes', () => {
  const line = new WaitingLine<string>({ entriesMax: 10, bytesMax: 100 });
  line.join('one', 60);
  expect(line.join('two', 41)).toBeUndefined();
  expect(line.join('two', 40)).toBeDefined();
  expect([line.length, line.bytes]).toEqual([2, 100]);
});

test('who leaves makes room, once, and the others keep their order', () => {
  const line = new WaitingLine<string>({ entriesMax: 3, bytesMax: 3 });
  line.join('one', 1);
  const leave = line.join('two', 1);
  line.join('three', 1);
  leave?.();
  leave?.();
  expect([line.length, line.bytes]).toEqual([2, 2]);
  expect([line.shift(), line.shift(), line.shift()]).toEqual(['one', 'three', undefined]);
});

test('leaving after having been served changes nothing', () => {
  const line = new WaitingLine<string>({ entriesMax: 3, bytesMax: 3 });
  const leave = line.join('one', 1);
  line.shift();
  leave?.();
  expect([line.length, line.bytes]).toEqual([0, 0]);
});
