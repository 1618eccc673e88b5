import { describe, expect, test } from 'vitest';

import { parseBrokerProcess } from '../../../src/config/broker-process.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import type { Environment } from '../../../src/config/read-settings.ts';

function problemsOf(env: Environment): readonly string[] {
  try {
    parseBrokerProcess(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('an empty environment, or one of empty values, has the documented defaults', () => {
  const defaults = {
    broker: {
      host: '127.0.0.1',
      port: 8090,
      dataDirectory: './data',
      root: { username: 'iggy', password: 'iggy' },
    },
    logLevel: 'info',
    notices: [],
  };
  expect(parseBrokerProcess({})).toEqual(defaults);
  expect(parseBrokerProcess({ BROKER_PORT: '', BROKER_PASSWORD: '', LOG_LEVEL: '' })).toEqual(
    defaults,
  );
});

test('what is set counts, and the settings of a gateway do not', () => {
  const config = parseBrokerProcess({
    BROKER_HOST: '::1',
    BROKER_PORT: '0',
    BROKER_DATA_DIR: ':memory:',
    BROKER_USERNAME: 'root',
    BROKER_PASSWORD: 'hush',
    RUST_LOG: 'warn,iggy=debug',
    PORT: 'nonsense',
  });
  expect(config).toEqual({
    broker: {
      host: '::1',
      port: 0,
      dataDirectory: ':memory:',
      root: { username: 'root', password: 'hush' },
    },
    logLevel: 'warn',
    notices: ['RUST_LOG: "iggy=debug" means nothing here'],
  });
});

test('every problem is told at once, and no secret', () => {
  const problems = problemsOf({
    BROKER_HOST: 'two words',
    BROKER_PORT: '65536',
    BROKER_USERNAME: 'ab',
    BROKER_PASSWORD: 'x'.repeat(101),
    LOG_LEVEL: 'loud',
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'BROKER_HOST',
    'BROKER_PORT',
    'BROKER_USERNAME',
    'BROKER_PASSWORD',
    'LOG_LEVEL',
  ]);
  expect(problems.join()).not.toContain('xxx');
});

describe('a warning', () => {
  test('is given where others may come in with the default password, and only there', () => {
    const notices = (env: Environment) => parseBrokerProcess(env).notices;
    expect(notices({ BROKER_HOST: '0.0.0.0' })).toEqual([
      expect.stringMatching(/default one.*0\.0\.0\.0.*BROKER_PASSWORD/),
    ]);
    expect(notices({ BROKER_HOST: '0.0.0.0', BROKER_PASSWORD: 'hush' })).toEqual([]);
    expect(notices({ BROKER_HOST: 'localhost' })).toEqual([]);
  });
});
