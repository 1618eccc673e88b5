import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { CliStage, unique } from '../support/cli-stage.ts';
import { type IggyCli, propertiesOf, rowsOf } from '../support/iggy-cli.ts';

const FAMILIES = /^(?:user|pat|context|session) /;

let stage: CliStage;
let cli: IggyCli;
beforeAll(async () => {
  stage = await CliStage.open();
  ({ cli } = stage);
});
afterAll(() => stage.close());

describe('users and tokens', () => {
  test('a user is created, found, listed, renamed and deleted', async () => {
    const [, name = '', ...secret] = await stage.newUser('--global-permissions', 'r_str');
    expect(propertiesOf(await cli.run('user', 'get', name))).toMatchObject({
      Status: 'active',
      Username: name,
    });
    expect(await cli.refused('user', 'create', name, 'secret')).toMatch(/already exists/i);
    const other = unique('user');
    await cli.run('user', 'name', name, other);
    const listed = rowsOf(await cli.run('user', 'list')).map((row) => row[3]);
    expect(listed).toContain(other);
    expect(listed).not.toContain(name);
    await cli.runAs(['--username', other, ...secret], 'stream', 'list');
    await cli.run('user', 'delete', other);
    expect(await cli.refusedAs(['--username', other, ...secret], 'me')).toMatch(/credentials/i);
  });

  test('who is made inactive is not let in, and again when active', async () => {
    const credentials = await stage.newUser();
    const [, name = ''] = credentials;
    await cli.run('user', 'status', name, 'inactive');
    await cli.refusedAs(credentials, 'me');
    await cli.run('user', 'status', name, 'active');
    await cli.runAs(credentials, 'me');
  });

  test('a password is changed by who knows the present one', async () => {
    const credentials = await stage.newUser();
    const [, name = ''] = credentials;
    const change = ['user', 'password', name];
    expect(await cli.refused(...change, 'not-the-first', 'second-secret')).toMatch(/credentials/i);
    await cli.run(...change, 'first-secret', 'second-secret');
    expect(await cli.refusedAs(credentials, 'me')).toMatch(/credentials/i);
    await cli.runAs(['--username', name, '--password', 'second-secret'], 'me');
  });

  test('nobody does more than was permitted, in all streams or in one', async () => {
    const stream = await stage.newTopic();
    const other = await stage.newTopic();
    const credentials = await stage.newUser();
    const [, name = ''] = credentials;
    const sent = (to: string): string[] => [
      'message',
      'send',
      '--partition-id',
      '0',
      to,
      'events',
      'x',
    ];
    const polled = (of: string): string[] => ['message', 'poll', '--first', of, 'events', '0'];
    expect(await cli.refusedAs(credentials, 'stream', 'create', unique('no'))).toMatch(
      /unauthorized/i,
    );
    expect(await cli.refusedAs(credentials, ...sent(stream))).toMatch(/unauthorized/i);

    const id = propertiesOf(await cli.run('stream', 'get', stream))['Stream ID'] ?? '';
    await cli.run('user', 'permissions', name, '--stream-permissions', `${id}:p_msg,s_msg`);
    await cli.runAs(credentials, ...sent(stream));
    await cli.runAs(credentials, ...polled(stream));
    expect(await cli.refusedAs(credentials, ...sent(other))).toMatch(/unauthorized/i);

    await cli.run('user', 'permissions', name, '--global-permissions', 'p_msg');
    await cli.runAs(credentials, ...polled(other));
    expect(await cli.refusedAs(credentials, ...sent(stream))).toMatch(/unauthorized/i);
  });

  test('a token lets in until it is deleted or has expired', async () => {
    const name = unique('token');
    const token = (await cli.run('--quiet', 'pat', 'create', name)).trim().split('\n').at(-1) ?? '';
    expect(propertiesOf(await cli.runAs(['--token', token], 'me'))['User ID']).toBe('0');
    expect(await cli.refused('pat', 'create', name)).toMatch(/already exists/i);
    const listed = rowsOf(await cli.run('pat', 'list'));
    expect(listed).toContainEqual([name, 'unlimited']);
    // It looks for the token in a keyring, too, after the server has deleted it.
    await cli.attempt('pat', 'delete', name);
    expect(await cli.refusedAs(['--token', token], 'me')).toMatch(/token/i);

    const brief = (await cli.run('--quiet', 'pat', 'create', unique('brief'), '1ms')).trim();
    expect(await cli.refusedAs(['--token', brief.split('\n').at(-1) ?? ''], 'me')).toMatch(
      /token/i,
    );
  });
});

test('contexts hold credentials, and the one in use is used', async () => {
  const [, name = '', , password = ''] = await stage.newUser();
  const context = unique('context');
  const as = ['--username', name, '--password', password];
  await cli.run('context', 'create', context, ...as);
  expect(rowsOf(await cli.run('context', 'list')).flat()).toContain(context);
  await cli.run('context', 'show', context);
  await cli.run('context', 'use', context);
  expect(propertiesOf(await cli.runAs([], 'me'))['User ID']).not.toBe('0');
  await cli.run('context', 'use', 'default');
  await cli.run('context', 'delete', context);
  expect(await cli.run('session', 'status')).toContain('No');
});

test('no command about users, tokens and contexts was left out', async () => {
  const left = (await cli.neverRun()).filter((command) => FAMILIES.test(command));
  expect(left).toEqual([]);
});
