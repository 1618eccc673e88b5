import { describe, expect, test } from 'vitest';

import type { ErrorCode } from '../../../src/errors.ts';
import { IggyError, type IggyErrorKind } from '../../../src/iggy-client/errors.ts';
import type { ConnectionStatus } from '../../../src/iggy-client/port.ts';
import type { Phase } from '../../../src/services/lifecycle.ts';
import { askBrokerWithin, type Operation } from '../../../src/services/translate-error.ts';
import { FakeIggy, refused } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const TARGET = { stream: 's', topic: 't', partitionId: 3 };
const SEND: Operation = { family: 'send', writes: true, ...TARGET };
const POLL: Operation = { family: 'poll', writes: false, ...TARGET };
const COMMITTING_POLL: Operation = { ...POLL, writes: true };
const READ: Operation = { family: 'stream', writes: false, stream: 's' };
const WRITE: Operation = {
  family: 'topic',
  writes: true,
  stream: 's',
  topic: 't',
  options: ['a/b'],
};

interface World {
  phase?: Phase;
  status?: Partial<ConnectionStatus>;
}

function translated(error: Error, operation: Operation, { phase, status }: World = {}) {
  const askBroker = askBrokerWithin({
    phase: () => phase ?? 'running',
    status: () => ({ ...new FakeIggy().connection, ...status }),
  });
  const failing = async (): Promise<never> => {
    throw error;
  };
  return rejectionOf(askBroker(operation, failing));
}

async function codeOf(error: Error, operation: Operation, world?: World): Promise<ErrorCode> {
  return (await translated(error, operation, world)).code;
}

describe('a failure of the client library', () => {
  test.each<[IggyErrorKind, Operation, ErrorCode]>([
    ['overloaded', SEND, 'overloaded'],
    ['overloaded', READ, 'overloaded'],
    ['lost', SEND, 'disconnected'],
    ['lost', READ, 'disconnected'],
    // It had not left: the client may send it again.
    ['timeout', SEND, 'overloaded'],
    ['timeout', COMMITTING_POLL, 'overloaded'],
    ['timeout', WRITE, 'overloaded'],
    ['timeout', POLL, 'timeout'],
    ['timeout', READ, 'timeout'],
    ['wire', READ, 'stream_error'],
    ['wire', POLL, 'poll_error'],
    ['closed', SEND, 'connection_failed'],
    ['circuit-open', SEND, 'circuit_open'],
    ['circuit-open', READ, 'circuit_open'],
    ['outcome-unknown', SEND, 'outcome_unknown'],
    ['outcome-unknown', COMMITTING_POLL, 'outcome_unknown'],
    ['outcome-unknown', WRITE, 'outcome_unknown'],
  ])('%s of %o is %s', async (kind, operation, code) => {
    expect(await codeOf(new IggyError(kind, 'x'), operation)).toBe(code);
  });

  test('while we stop is our stopping', async () => {
    const closed = new IggyError('closed', 'x');
    expect(await codeOf(closed, SEND, { phase: 'draining' })).toBe('draining');
  });

  test('for a reason that waiting does not mend is told with the reason', async () => {
    const status = { permanentFailure: true, lastFailure: 'wrong password' };
    const error = await translated(new IggyError('lost', 'x'), READ, { status });
    expect(error.code).toBe('connection_failed');
    expect(error.message).toContain('wrong password');
  });

  test.each([
    [29_001, '30'],
    [500, '1'],
    [0, '1'],
  ])('of an open circuit for %i ms says when to come back: %s s', async (retryAfterMs, secs) => {
    const error = await translated(new IggyError('circuit-open', 'x', { retryAfterMs }), SEND);
    expect(error.headers).toEqual({ 'Retry-After': secs });
  });

  test('of an open circuit tells the reason where waiting will not help', async () => {
    const status = { permanentFailure: true, lastFailure: 'wrong password' };
    const error = await translated(new IggyError('circuit-open', 'x'), SEND, { status });
    expect(error.code).toBe('connection_failed');
    expect(error.message).toContain('wrong password');
  });

  test('is kept for the log, and its text never reaches the client', async () => {
    const cause = new IggyError('wire', 'bytes and secrets');
    const error = await translated(cause, READ);
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain('secrets');
  });

  test('that is a fault of our own stays what it is', async () => {
    const bug = new TypeError('bug');
    const askBroker = askBrokerWithin({
      phase: () => 'running',
      status: () => new FakeIggy().status(),
    });
    await expect(askBroker(SEND, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('a refusal of the broker', () => {
  test.each<[number, Operation, ErrorCode, string]>([
    [1009, READ, 'not_found', "Stream 's' does not exist"],
    [1010, SEND, 'not_found', "Stream 's' does not exist"],
    [2010, POLL, 'not_found', "Topic 't' does not exist in stream 's'"],
    [2011, WRITE, 'not_found', "Topic 't' does not exist in stream 's'"],
    [3007, POLL, 'not_found', "Topic 't' in stream 's' has no partition 3"],
    [3008, SEND, 'not_found', "Topic 't' in stream 's' has"],
    [20, SEND, 'not_found', "Stream 's', or what was named in it, does not exist"],
    [1012, { ...READ, writes: true }, 'already_exists', "Stream 's' already exists"],
    [2013, WRITE, 'already_exists', "Topic 't' already exists in stream 's'"],
    [58, SEND, 'overloaded', 'does not take this now'],
    [41, SEND, 'send_error', 'code 41'],
    [41, POLL, 'poll_error', 'code 41'],
    [41, READ, 'stream_error', 'code 41'],
    [41, WRITE, 'topic_error', 'code 41'],
  ])('with code %i to %o is %s', async (code, operation, expected, message) => {
    const error = await translated(refused(code), operation);
    expect(error.code).toBe(expected);
    expect(error.message).toContain(message);
  });

  test.each([
    [4041, '/options/a~1b', 'is not known to the broker'],
    [4042, '/options/a~1b', 'has a value the broker does not accept'],
    [1019, '/options/a~1b', 'has a value the broker does not accept'],
    [2015, '/partitions', 'is not accepted by the broker'],
  ])('with code %i names what it does not like', async (code, path, message) => {
    const error = await translated(refused(code), WRITE);
    expect(error.code).toBe('bad_request');
    expect(error.issues).toEqual([{ path, message }]);
  });

  test('of one of several options names them all', async () => {
    const error = await translated(refused(4041), { ...WRITE, options: ['a', 'b'] });
    expect(error.issues).toEqual([
      { path: '/options', message: 'one of a, b is not known to the broker' },
    ]);
  });
});

test('what a send is told, except outcome_unknown, is told of what was not stored', async () => {
  const kinds: IggyErrorKind[] = [
    'refused',
    'overloaded',
    'lost',
    'timeout',
    'wire',
    'closed',
    'circuit-open',
  ];
  for (const kind of kinds) {
    expect(await codeOf(new IggyError(kind, 'x'), SEND)).not.toBe('outcome_unknown');
  }
});
