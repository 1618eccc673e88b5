import fc from 'fast-check';

import { isResourceName } from '../../src/validation.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from('aZ09._-/%')), maxLength: 260 }),
  fc.constantFrom('', '.', '..', '42', '__proto__', 'constructor', '%00', 'a\0b', '\ud800', 'é'),
);

/** A name is taken exactly if the rule allows it, and found under it afterwards. */
export const names = target({
  name: 'names',
  arbitrary: anyName,
  async check(name, gateway) {
    const body = Buffer.from(JSON.stringify({ name }));
    const type = 'Content-Type: application/json';
    const { status } = await gateway.ask(['POST /streams HTTP/1.1', type], body);
    must(status === (isResourceName(name) ? 201 : 400), `the name was answered with ${status}`);

    const path = `/streams/${encodeURIComponent(name.toWellFormed())}`;
    const found = await gateway.ask([`GET ${path} HTTP/1.1`]);
    must((found.status === 200) === isResourceName(name), `looking gave ${found.status}`);
    if (status === 201) await gateway.ask([`DELETE ${path} HTTP/1.1`]);
  },
});
