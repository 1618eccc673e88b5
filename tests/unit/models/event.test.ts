import { describe, expect, test } from 'vitest';

import { event, ORDER_ITEMS_MAX, toMessageId } from '../../../src/models/event.ts';
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

test('the message id is the UUID read as one number', () => {
  expect(toMessageId('00000000-0000-0000-0000-00000000000a')).toBe(10n);
  expect(toMessageId('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe(2n ** 128n - 1n);
});
