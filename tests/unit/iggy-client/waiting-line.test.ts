import * as fc from 'fast-check';
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

test('whoever joins, leaves and is served in whatever turns: it is as with a plain list', () => {
  const step = fc.oneof(
    fc.record({ act: fc.constantFrom('join', 'shift') }),
    fc.record({ act: fc.constant('leave'), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const line = new WaitingLine<number>({ entriesMax: 100, bytesMax: 100 });
      let model: number[] = [];
      const leaves: (() => void)[] = [];
      for (const it of steps) {
        if (it.act === 'join') {
          model.push(leaves.length);
          leaves.push(line.join(leaves.length, 1) ?? expect.fail('there is room'));
        } else if (it.act === 'shift') {
          expect(line.shift()).toBe(model.shift());
        } else if ('which' in it && leaves.length > 0) {
          const who = it.which % leaves.length;
          leaves[who]?.();
          model = model.filter((other) => other !== who);
        }
        expect([line.length, line.bytes]).toEqual([model.length, model.length]);
      }
    }),
  );
});
