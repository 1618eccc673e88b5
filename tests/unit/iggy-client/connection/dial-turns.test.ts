import { expect, test } from 'vitest';

import { DialTurns } from '../../../../src/iggy-client/connection/dial-turns.ts';

test('one dials at a time, in the order they asked', () => {
  const turns = new DialTurns();
  const started: string[] = [];
  const [one, two, three] = [{}, {}, {}];
  turns.take(one, () => started.push('one'));
  turns.take(two, () => started.push('two'));
  turns.take(three, () => started.push('three'));
  expect(started).toEqual(['one']);
  turns.release(one);
  expect(started).toEqual(['one', 'two']);
  turns.release(two);
  expect(started).toEqual(['one', 'two', 'three']);
});

test('who holds the turn may dial again without queueing', () => {
  const turns = new DialTurns();
  const started: string[] = [];
  const [one, two] = [{}, {}];
  turns.take(one, () => started.push('one'));
  turns.take(two, () => started.push('two'));
  turns.take(one, () => started.push('one again'));
  expect(started).toEqual(['one', 'one again']);
});

test('who leaves the queue is not called, and the turn is not lost', () => {
  const turns = new DialTurns();
  const started: string[] = [];
  const [one, two, three] = [{}, {}, {}];
  turns.take(one, () => started.push('one'));
  turns.take(two, () => started.push('two'));
  turns.release(two);
  turns.release(three);
  turns.release(one);
  turns.take(three, () => started.push('three'));
  expect(started).toEqual(['one', 'three']);
});
