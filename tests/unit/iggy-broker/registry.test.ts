import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Registry } from '../../../src/iggy-broker/registry.ts';

interface Item {
  readonly id: number;
  name: string;
}

test('always gives the lowest free number, finds everything both ways, and lists in order', () => {
  const step = fc.oneof(
    fc.record({ add: fc.string({ maxLength: 2 }) }),
    fc.record({ remove: fc.nat({ max: 8 }) }),
    fc.record({ rename: fc.nat({ max: 8 }), to: fc.string({ maxLength: 2 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const registry = new Registry<Item>();
      const model: Item[] = [];
      for (const action of steps) {
        if ('add' in action && !model.some(({ name }) => name === action.add)) {
          const item = { id: registry.nextId, name: action.add };
          registry.add(item);
          model.push(item);
        } else if ('remove' in action) {
          const item = registry.find({ kind: 'numeric', value: action.remove });
          if (item !== undefined) {
            registry.remove(item);
            model.splice(model.indexOf(item), 1);
          }
        } else if ('rename' in action && !registry.hasName(action.to)) {
          const item = registry.find({ kind: 'numeric', value: action.rename });
          if (item !== undefined) registry.rename(item, action.to);
        }
        const ids = new Set(model.map(({ id }) => id));
        let lowest = 0;
        while (ids.has(lowest)) lowest += 1;
        expect(registry.nextId).toBe(lowest);
        expect(registry.size).toBe(model.length);
        expect(registry.list()).toEqual(model.toSorted((one, other) => one.id - other.id));
        for (const item of model) {
          expect(registry.find({ kind: 'numeric', value: item.id })).toBe(item);
          expect(registry.find({ kind: 'string', value: item.name })).toBe(item);
        }
      }
    }),
  );
});

test('a number or a name that is taken is our own mistake', () => {
  const registry = new Registry<Item>();
  registry.add({ id: 0, name: 'a' });
  expect(() => registry.add({ id: 0, name: 'b' })).toThrow('not unique');
  expect(() => registry.add({ id: 1, name: 'a' })).toThrow('not unique');
});
