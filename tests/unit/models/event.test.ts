import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { check } from '../../../src/http/parse.ts';
import { compiledEvent, event, ORDER_ITEMS_MAX, toMessageId } from '../../../src/models/event.ts';
import { anEvent } from '../../support/events.ts';

const item = { product_id: 'p-1', quantity: 2, unit_price: '9.99' };

function accepts(overrides: Record<string, unknown>): boolean {
  return event.safeParse(anEvent(overrides)).success;
}

function payloadPaths(type: string, data: unknown): string[] {
  const result = event.safeParse(anEvent({ payload: { type, data } }));
  return (result.error?.issues ?? []).map(({ path }) => path.slice(1).join('.'));
}

describe('an event', () => {
  test('is what the original takes, null members and unknown members included', () => {
    expect(accepts({})).toBe(true);
    expect(accepts({ correlation_id: null, source: null, extra: [1] })).toBe(true);
    expect(accepts({ correlation_id: '00000000-0000-0000-0000-000000000000' })).toBe(true);
    expect(accepts({ source: 'billing' })).toBe(true);
  });

  test.each([
    ['id', '00000000-0000-0000-0000-000000000000'],
    ['id', 'not-a-uuid'],
    ['id', undefined],
    ['event_type', ''],
    ['event_type', 7],
    ['timestamp', 'yesterday'],
    ['timestamp', 1_700_000_000],
    ['correlation_id', 'x'],
    ['source', 5],
    ['payload', null],
    ['payload', { type: 'Nothing', data: {} }],
    ['payload', { type: 'Generic' }],
  ])('is refused with %s = %j', (name, value) => {
    expect(accepts({ [name]: value })).toBe(false);
  });
});

describe('a payload', () => {
  test.each([
    ['User', { action: 'Created', user_id: 'u', email: 'a@b', name: 'n', more: 1 }],
    ['User', { action: 'Updated', user_id: 'u' }],
    ['User', { action: 'Updated', user_id: 'u', email: null, name: 'n' }],
    ['User', { action: 'Deleted', user_id: 'u' }],
    ['User', { action: 'LoggedIn', user_id: 'u', ip_address: '::1' }],
    ['Order', { action: 'Created', order_id: 'o', user_id: 'u', items: [item], total_amount: '1' }],
    ['Order', { action: 'Created', order_id: 'o', user_id: 'u', items: [], total_amount: '-0.5' }],
    ['Order', { action: 'Updated', order_id: 'o', status: 'shipped' }],
    ['Order', { action: 'Cancelled', order_id: 'o', reason: '' }],
    ['Order', { action: 'Shipped', order_id: 'o', tracking_number: 't', carrier: 'c' }],
    ['Generic', null],
    ['Generic', [1, { a: 'b' }]],
  ])('may be %s %j', (type, data) => expect(payloadPaths(type, data)).toEqual([]));

  test.each([
    ['User', { action: 'Created' }, ['data.user_id', 'data.email', 'data.name']],
    ['User', { action: 'Deleted', user_id: '' }, ['data.user_id']],
    ['User', { action: 'Danced', user_id: 'u' }, ['data.action']],
    ['User', {}, ['data.action']],
    ['User', 'x', ['data']],
    ['Order', { action: 'Updated', order_id: 'o', status: 'Shipped' }, ['data.status']],
    ['Order', { action: 'Cancelled', order_id: 1 }, ['data.order_id', 'data.reason']],
    [
      'Order',
      {
        action: 'Created',
        order_id: 'o',
        user_id: 'u',
        items: [item, { product_id: 'p', quantity: 0, unit_price: 9.99 }],
        total_amount: 19.98,
      },
      ['data.items.1.quantity', 'data.items.1.unit_price', 'data.total_amount'],
    ],
  ])('%s %j names every fault', (type, data, paths) => {
    expect(payloadPaths(type, data)).toEqual(paths);
  });

  test('with more order items than allowed is refused before they are looked at', () => {
    const order = (count: number) => ({
      action: 'Created',
      order_id: 'o',
      user_id: 'u',
      items: Array(count).fill({}),
      total_amount: '1',
    });
    expect(payloadPaths('Order', order(ORDER_ITEMS_MAX + 1))).toEqual(['data.items']);
    expect(payloadPaths('Order', order(2))).toHaveLength(6);
  });
});

describe('the compiled event', () => {
  /** One of each kind. */
  const payloads = [
    { type: 'User', data: { action: 'Created', user_id: 'u', email: 'a@b', name: 'n' } },
    { type: 'User', data: { action: 'Updated', user_id: 'u', email: null } },
    { type: 'User', data: { action: 'Deleted', user_id: 'u' } },
    { type: 'User', data: { action: 'LoggedIn', user_id: 'u', ip_address: '::1' } },
    {
      type: 'Order',
      data: { action: 'Created', order_id: 'o', user_id: 'u', items: [item], total_amount: '1' },
    },
    { type: 'Order', data: { action: 'Updated', order_id: 'o', status: 'shipped' } },
    { type: 'Order', data: { action: 'Cancelled', order_id: 'o', reason: '' } },
    {
      type: 'Order',
      data: { action: 'Shipped', order_id: 'o', tracking_number: 't', carrier: 'c' },
    },
    { type: 'Generic', data: { n: 1 } },
  ];
  const names = ['id', 'event_type', 'timestamp', 'payload', 'correlation_id', 'source', 'type'];
  const inside = ['data', 'action', 'user_id', 'email', 'name', 'order_id', 'items', 'status'];
  const items = ['product_id', 'quantity', 'unit_price', 'total_amount', '__proto__', 'extra'];
  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      '',
      'x',
      'x'.repeat(257),
      'Deleted',
      'Order',
      'Generic',
      0,
      1,
      1.5,
      2 ** 32,
      '1',
    ),
  );

  /** Every object in it has this member with this value, or has it not. */
  function altered(value: unknown, name: string, other: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((part) => altered(part, name, other));
    const members = Object.entries(value)
      .filter(([key]) => key !== name)
      .map(([key, part]) => [key, altered(part, name, other)] as const);
    return Object.fromEntries(other === undefined ? members : [...members, [name, other]]);
  }

  test('says of whatever comes what the event says, fault for fault', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(
        fc.constantFrom(...payloads),
        fc.constantFrom(...names, ...inside, ...items),
        fc.oneof(fc.constant(undefined), anyValue),
        (payload, name, other) => {
          const input = altered(anEvent({ payload }), name, other);
          const told = check(event, input, '/at');
          expect(check(compiledEvent, input, '/at')).toEqual(told);
          verdicts.add(told.ok);
        },
      ),
      { numRuns: 2000 },
    );
    expect(verdicts.size).toBe(2);
  });

  test('is compiled indeed', () => {
    expect(() => z.compile(event, { strict: true })).not.toThrow();
  });
});

test('the message id is the UUID read as one number', () => {
  expect(toMessageId('00000000-0000-0000-0000-00000000000a')).toBe(10n);
  expect(toMessageId('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe(2n ** 128n - 1n);
  expect(toMessageId('01234567-89ab-cdef-0123-456789ABCDEF')).toBe(
    0x0123_4567_89ab_cdef_0123_4567_89ab_cdefn,
  );
  for (let round = 0; round < 100; round += 1) {
    const id = randomUUID();
    expect(toMessageId(id)).toBe(BigInt(`0x${id.replaceAll('-', '')}`));
  }
});
