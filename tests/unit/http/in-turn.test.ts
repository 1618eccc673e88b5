import { expect, test } from 'vitest';

import { inTurn, type Layer } from '../../../src/http/in-turn.ts';

type Log = string[];

const around =
  (name: string): Layer<Log> =>
  async (log, next) => {
    log.push(`${name} in`);
    await next();
    log.push(`${name} out`);
  };

const passing =
  (name: string): Layer<Log> =>
  (log, next) => {
    log.push(name);
    return next();
  };

test('each layer stands around those behind it, and around what is given as the last', async () => {
  const log: Log = [];
  const layers = inTurn([around('one'), passing('two'), inTurn([around('three')])]);
  await layers(log, async () => {
    log.push('last');
  });
  expect(log).toEqual(['one in', 'two', 'three in', 'last', 'three out', 'one out']);
});

test('a layer that does not go on keeps everything behind it from being called', async () => {
  const log: Log = [];
  await inTurn<Log>([around('one'), () => undefined, around('never')])(log);
  expect(log).toEqual(['one in', 'one out']);
});

test('what a layer throws, at once or later, is caught by a layer outside of it', async () => {
  const caught: unknown[] = [];
  const catching: Layer<Log> = async (_log, next) => {
    try {
      await next();
    } catch (error) {
      caught.push(error);
    }
  };
  const throwing: Layer<Log> = () => {
    throw new Error('at once');
  };
  const rejecting: Layer<Log> = async () => {
    throw new Error('later');
  };
  await inTurn([catching, passing('one'), throwing])([]);
  await inTurn([catching, passing('one'), rejecting])([]);
  expect(caught).toEqual([new Error('at once'), new Error('later')]);
});

test('without layers there is only what is given as the last', async () => {
  const log: Log = [];
  await inTurn<Log>([])(log, async () => {
    log.push('last');
  });
  await inTurn<Log>([])(log);
  expect(log).toEqual(['last']);
});
