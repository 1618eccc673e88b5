import { expect, test } from 'vitest';

import { leadershipOf } from '../../../../src/iggy-client/connection/leader.ts';

const HERE = { host: '127.0.0.1', port: 8090 };

function node(ip: string, tcp: number, role: number, status = 0) {
  return { name: `${ip}:${tcp}`, ip, tcp, quic: 0, http: 0, websocket: 0, role, status };
}

const roster = (...nodes: ReturnType<typeof node>[]) => ({ name: 'cluster', nodes });

test('a roster of one, or of none, is where we are, whatever it advertises', () => {
  expect(leadershipOf(roster(), HERE)).toEqual({ kind: 'here' });
  expect(leadershipOf(roster(node('10.0.0.1', 9, 0)), HERE)).toEqual({ kind: 'here' });
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', 'LOCALHOST'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
  ['::1', '[::1]'],
])('a leader at %s is here, if here is %s', (ip, host) => {
  const nodes = roster(node('10.0.0.1', 8090, 1), node(ip, 8090, 0));
  expect(leadershipOf(nodes, { host, port: 8090 })).toEqual({ kind: 'here' });
});

test('a healthy leader at another port or host is elsewhere', () => {
  expect(
    leadershipOf(roster(node('127.0.0.1', 8090, 1), node('127.0.0.1', 8091, 0)), HERE),
  ).toEqual({ kind: 'elsewhere', address: { host: '127.0.0.1', port: 8091 } });
  expect(leadershipOf(roster(node('127.0.0.1', 8090, 1), node('10.0.0.2', 8090, 0)), HERE)).toEqual(
    { kind: 'elsewhere', address: { host: '10.0.0.2', port: 8090 } },
  );
});

test('brackets around an IPv6 address are not dialed', () => {
  const nodes = roster(node('127.0.0.1', 8090, 1), node('[2001:db8::2]', 8090, 0));
  const address = { host: '2001:db8::2', port: 8090 };
  expect(leadershipOf(nodes, HERE)).toEqual({ kind: 'elsewhere', address });
});

test.each([1, 2, 3, 4])('a leader of status %i leads nobody', (status) => {
  const nodes = roster(node('127.0.0.1', 8090, 1), node('10.0.0.2', 8090, 0, status));
  expect(leadershipOf(nodes, HERE)).toEqual({ kind: 'nobody' });
});
