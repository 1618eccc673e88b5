import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { CliStage, unique } from '../support/cli-stage.ts';
import { type IggyCli, propertiesOf, rowsOf, temporaryFile } from '../support/iggy-cli.ts';
import { SocketClient } from '../support/socket-client.ts';

/** What of it takes a keyring of the desktop. */
const NEEDS_KEYRING = ['login', 'logout'];
/** Those of the other file. */
const ELSEWHERE = /^(?:user|pat|context|session) /;

let stage: CliStage;
let cli: IggyCli;
beforeAll(async () => {
  stage = await CliStage.open();
  ({ cli } = stage);
});
afterAll(() => stage.close());

const payloads = (rows: string[][]): string[] => rows.map((row) => row[4] ?? '');

async function partitionsOf(stream: string): Promise<string | undefined> {
  const topic = propertiesOf(await cli.run('topic', 'get', stream, 'events'));
  return topic['Partitions count'];
}

describe('the server', () => {
  test('answers pings, tells of itself, its clients, its one node and its options', async () => {
    expect(await cli.run('ping', '--count', '3')).toContain('Ping sequence id: 3');
    const me = propertiesOf(await cli.run('me'));
    expect(me).toMatchObject({ 'User ID': '0', Transport: 'TCP' });
    expect(rowsOf(await cli.run('cluster', 'metadata')).length).toBe(2);
    expect(await cli.run('options', 'topic')).toContain('message_expiry');
    expect(await cli.run('options', 'stream')).toContain('no options');
  });

  test('lists its clients, and finds each by its number', async () => {
    const neighbour = await SocketClient.connect(stage.port, 1n << 90n);
    await neighbour.logIn();
    const { localPort } = neighbour.socket;
    const isNeighbour = (row: string[]): boolean => row[2] === `127.0.0.1:${localPort}`;
    const [id = ''] = rowsOf(await cli.run('client', 'list')).find(isNeighbour) ?? [];
    const found = propertiesOf(await cli.run('client', 'get', id));
    expect(found).toMatchObject({ 'Client ID': id, Transport: 'TCP' });
    expect(await cli.run('client', 'get', '4000000000')).toContain('was not found');
  });

  test('counts what there is in its statistics', async () => {
    const before = JSON.parse(await cli.run('--quiet', 'stats', '--output', 'json')) as Stats;
    const stream = await stage.newTopic(3);
    await stage.send(stream, 'a', 'b');
    const after = JSON.parse(await cli.run('--quiet', 'stats', '--output', 'json')) as Stats;
    expect(after.streams_count - before.streams_count).toBe(1);
    expect(after.topics_count - before.topics_count).toBe(1);
    expect(after.partitions_count - before.partitions_count).toBe(3);
    expect(after.messages_count - before.messages_count).toBe(2);
    expect(await cli.run('stats')).toContain('Message Count');
  });

  test('makes a snapshot, which is a ZIP file', async () => {
    const directory = path.dirname(temporaryFile('x'));
    await cli.run('snapshot', '--compression', 'deflated', '--out-dir', directory);
    const [file = ''] = readdirSync(directory);
    expect(readFileSync(path.join(directory, file)).subarray(0, 2).toString()).toBe('PK');
  });

  test('lets nobody in with a wrong password, or as nobody', async () => {
    const wrong = ['--username', 'iggy', '--password', 'not-the-password'];
    expect(await cli.refusedAs(wrong, 'me')).toMatch(/invalid credentials/i);
    const nobody = ['--username', 'nobody', '--password', 'secret'];
    expect(await cli.refusedAs(nobody, 'me')).toMatch(/invalid credentials/i);
    expect(await cli.refusedAs(['--token', 'bm9uc2Vuc2U='], 'me')).toMatch(/token/i);
  });
});

interface Stats {
  streams_count: number;
  topics_count: number;
  partitions_count: number;
  messages_count: number;
}

describe('streams and topics', () => {
  test('streams are created, found, listed, renamed, purged and deleted', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a');
    expect(propertiesOf(await cli.run('stream', 'get', stream))).toMatchObject({
      'Stream name': stream,
      'Stream topics count': '1',
      'Stream message count': '1',
    });
    const other = unique('cli');
    await cli.run('stream', 'update', stream, other);
    expect(await cli.run('stream', 'get', stream)).toContain('was not found');
    const listed = rowsOf(await cli.run('stream', 'list')).map((row) => row[2]);
    expect(listed).toContain(other);
    await cli.run('stream', 'purge', other);
    expect(await stage.poll(other, '--first')).toEqual([]);
    await cli.run('stream', 'delete', other);
    expect(await cli.run('stream', 'get', other)).toContain('was not found');
  });

  test('what is there twice or not at all is refused with its reason', async () => {
    const stream = await stage.newTopic();
    expect(await cli.refused('stream', 'create', stream)).toMatch(/already exists/i);
    expect(await cli.refused('stream', 'delete', unique('no'))).toMatch(/not found/i);
    const again = ['topic', 'create', stream, 'events', '1', 'none'];
    expect(await cli.refused(...again)).toMatch(/already exists/i);
    expect(await cli.refused('topic', 'delete', stream, 'none')).toMatch(/not found/i);
    const sent = ['message', 'send', stream, 'none', 'x'];
    expect(await cli.refused(...sent)).toMatch(/not found/i);
  });

  test('topics are created with their options, found, listed, changed, purged and deleted', async () => {
    const stream = await stage.newTopic();
    const options = ['--durability', 'persisted', '--max-topic-size', '2GB'];
    const set = ['--set', 'segment_size=1 MiB'];
    await cli.run('topic', 'create', ...options, ...set, stream, 'full', '3', 'gzip', '7days');
    expect(propertiesOf(await cli.run('topic', 'get', stream, 'full'))).toMatchObject({
      'Topic name': 'full',
      Compression: 'gzip',
      'Message expiry': '7days',
      'Max topic size': '2.00 GB',
      'Partitions count': '3',
    });

    await cli.run('topic', 'update', stream, 'full', 'other', 'none', '1hour');
    expect(propertiesOf(await cli.run('topic', 'get', stream, 'other'))).toMatchObject({
      Compression: 'none',
      'Message expiry': '1h',
    });
    const listed = rowsOf(await cli.run('topic', 'list', stream)).map((row) => row[2]);
    expect(new Set(listed.slice(1))).toEqual(new Set(['events', 'other']));
    await stage.send(stream, 'a');
    await cli.run('topic', 'purge', stream, 'events');
    expect(await stage.poll(stream, '--first')).toEqual([]);
    await cli.run('topic', 'delete', stream, 'other');
    expect(await cli.run('topic', 'get', stream, 'other')).toContain('was not found');
  });

  test('an option that there is not is refused', async () => {
    const stream = await stage.newTopic();
    const create = ['topic', 'create', '--set', 'colour=red', stream, 'red', '1', 'none'];
    expect(await cli.refused(...create)).toMatch(/option/i);
  });

  test('partitions are added and removed, and no more than there are', async () => {
    const stream = await stage.newTopic(2);
    await cli.run('partition', 'create', stream, 'events', '3');
    expect(await partitionsOf(stream)).toBe('5');
    await cli.run('partition', 'delete', stream, 'events', '4');
    expect(await partitionsOf(stream)).toBe('1');
    expect(await cli.refused('partition', 'delete', stream, 'events', '9')).toMatch(/partitions/i);
  });

  test('segments are deleted, but never the one that is written to', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a', 'b');
    await cli.run('segment', 'delete', stream, 'events', '0', '3');
    expect(payloads(await stage.poll(stream, '--first', '--message-count', '9'))).toEqual([
      'a',
      'b',
    ]);
    expect(await cli.refused('segment', 'delete', stream, 'none', '0', '1')).toMatch(/not found/i);
  });
});

describe('messages', () => {
  test('are polled as they were sent, with every strategy', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a', 'b', 'c', 'd', 'e');
    const many = ['--message-count', '9'];
    const rows = await stage.poll(stream, '--first', ...many);
    expect(payloads(rows)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(rows.map((row) => row[0])).toEqual(['0', '1', '2', '3', '4']);
    expect(payloads(await stage.poll(stream, '--offset', '3', ...many))).toEqual(['d', 'e']);
    expect(payloads(await stage.poll(stream, '--last', '--message-count', '2'))).toEqual([
      'd',
      'e',
    ]);
    const next = ['--next', '--auto-commit', '--consumer', '7', '--message-count', '3'];
    expect(payloads(await stage.poll(stream, ...next))).toEqual(['a', 'b', 'c']);
    expect(payloads(await stage.poll(stream, ...next))).toEqual(['d', 'e']);
    expect(payloads(await stage.poll(stream, ...next))).toEqual([]);
  });

  test('carry headers of every kind', async () => {
    const stream = await stage.newTopic();
    const headers =
      'name:string:x,flag:bool:true,big:uint128:340282366920938463463374607431768211455,half:float64:0.5';
    const to = ['--partition-id', '0', '--headers', headers];
    await cli.run('message', 'send', ...to, stream, 'events', 'a');
    const [row = []] = await stage.poll(stream, '--first', '--show-headers');
    expect(row.slice(5).toSorted()).toEqual([
      '0.5',
      '340282366920938463463374607431768211455',
      'true',
      'x',
    ]);
  });

  test('go where their key belongs, and in turn without one', async () => {
    const stream = await stage.newTopic(3);
    // XXH32("user-42") mod 3, as the spec and the vectors have it.
    await cli.run('message', 'send', '--message-key', 'user-42', stream, 'events', 'keyed');
    const keyed = await cli.run('message', 'poll', '--first', stream, 'events', '2');
    expect(payloads(rowsOf(keyed).slice(1))).toEqual(['keyed']);
    for (const text of ['1', '2', '3']) await cli.run('message', 'send', stream, 'events', text);
    const counts = await cli.run('topic', 'get', stream, 'events');
    expect(propertiesOf(counts)['Topic message count']).toBe('4');
  });

  test('are the same after they were stored in a file and sent from it', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a', 'ключ', 'x'.repeat(5000));
    const file = temporaryFile('messages');
    const stored = ['--first', '--message-count', '9', '--output-file', file];
    await cli.run('message', 'poll', ...stored, stream, 'events', '0');
    const from = ['--partition-id', '0', '--input-file', file];
    await cli.run('message', 'send', ...from, stream, 'events');
    const rows = await stage.poll(stream, '--first', '--message-count', '9');
    expect(rows).toHaveLength(6);
    const withoutPlace = rows.map((row) => row.slice(2));
    expect(withoutPlace.slice(3)).toEqual(withoutPlace.slice(0, 3));
  });

  test('are read with the key they were encrypted with', async () => {
    const stream = await stage.newTopic();
    const key = ['--encryption-key', Buffer.alloc(32, 7).toString('base64')];
    await cli.run(...key, 'message', 'send', '--partition-id', '0', stream, 'events', 'secret');
    const first = ['message', 'poll', '--first', stream, 'events', '0'];
    expect(payloads(rowsOf(await cli.run(...key, ...first)).slice(1))).toEqual(['secret']);
    expect(await cli.run(...first)).not.toContain('secret');
  });

  test('are not flushed: nothing that is acknowledged waits for it', async () => {
    const stream = await stage.newTopic();
    const flush = ['message', 'flush', '--fsync', stream, 'events', '0'];
    expect(await cli.refused(...flush)).toMatch(/feature is unavailable/i);
  });
});

describe('offsets and groups', () => {
  test('an offset is stored, found, and where the next poll begins', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a', 'b', 'c');
    const at = ['7', stream, 'events', '0'];
    expect(await cli.run('consumer-offset', 'get', ...at)).toContain('was not found');
    await cli.run('consumer-offset', 'set', ...at, '1');
    const found = propertiesOf(await cli.run('consumer-offset', 'get', ...at));
    expect(found).toMatchObject({ 'Stored offset': '1', 'Current offset': '2' });
    expect(payloads(await stage.poll(stream, '--next', '--consumer', '7'))).toEqual(['c']);
    expect(await cli.refused('consumer-offset', 'set', ...at, '99')).toMatch(/offset/i);
  });

  test('groups are created, found, listed and deleted', async () => {
    const stream = await stage.newTopic(3);
    const of = [stream, 'events'];
    await cli.run('consumer-group', 'create', ...of, 'workers');
    expect(propertiesOf(await cli.run('consumer-group', 'get', ...of, 'workers'))).toMatchObject({
      'Consumer group name': 'workers',
      'Partitions count': '3',
      'Members count': '0',
    });
    const create = ['consumer-group', 'create', ...of, 'workers'];
    expect(await cli.refused(...create)).toMatch(/already exists/i);
    const listed = rowsOf(await cli.run('consumer-group', 'list', ...of)).slice(1);
    expect(listed.map((row) => row.slice(1))).toEqual([['workers', '3', '0']]);
    await cli.run('consumer-group', 'delete', ...of, 'workers');
    expect(await cli.run('consumer-group', 'get', ...of, 'workers')).toContain('was not found');
    const gone = ['consumer-group', 'delete', ...of, 'workers'];
    expect(await cli.refused(...gone)).toMatch(/not found/i);
  });

  test('the offset of a group is for its members to write', async () => {
    const stream = await stage.newTopic();
    await stage.send(stream, 'a', 'b', 'c');
    await cli.run('consumer-group', 'create', stream, 'events', 'workers');
    const at = ['--kind', 'consumer-group', 'workers', stream, 'events', '0'];
    await cli.refused('consumer-offset', 'set', ...at, '1');
    expect(await cli.run('consumer-offset', 'get', ...at)).toContain('was not found');
  });
});

test('no command was left out, but those that need a keyring', async () => {
  const left = (await cli.neverRun()).filter((command) => !ELSEWHERE.test(command));
  expect(left.toSorted()).toEqual(NEEDS_KEYRING);
});
