import fc from 'fast-check';
import { expect, test } from 'vitest';

import { READS, WRITES } from '../../../src/iggy-broker/dispatch.ts';
import { Grants, isAllowed, RULES } from '../../../src/iggy-broker/permissions.ts';
import {
  commands,
  type GlobalPermissions,
  type StreamPermissions,
  type TopicPermissions,
} from '../../../src/iggy-protocol/index.ts';
import { globally, onStream, onTopic } from '../../support/permissions.ts';

const USER = 5;
const HERE = { streamId: 3, topicId: 4 };

type Sentence = (g: GlobalPermissions, s: StreamPermissions, t: TopicPermissions) => boolean;

/** The rules again, as sentences: read off the specification a second time, and not off the table. */
const readsStreams: Sentence = (g) => g.manageStreams || g.readStreams;
const seesTopics: Sentence = (g, s, t) =>
  readsStreams(g, s, t) ||
  g.manageTopics ||
  g.readTopics ||
  s.manageStream ||
  s.readStream ||
  s.manageTopics ||
  s.readTopics;
const makesTopics: Sentence = (g, s) =>
  g.manageStreams || g.manageTopics || s.manageStream || s.manageTopics;
const seesTopic: Sentence = (g, s, t) => seesTopics(g, s, t) || t.manageTopic || t.readTopic;
const changesTopic: Sentence = (g, s, t) => makesTopics(g, s, t) || t.manageTopic;
const changesStream: Sentence = (g, s) => g.manageStreams || s.manageStream;
const seesBroker: Sentence = (g) => g.manageServers || g.readServers;
const seesUsers: Sentence = (g) => g.manageUsers || g.readUsers;
const changesUsers: Sentence = (g) => g.manageUsers;
const polls: Sentence = (g, s, t) =>
  g.pollMessages || s.pollMessages || t.pollMessages || seesTopic(g, s, t);

const SENTENCES: Record<string, Sentence> = {
  get_stats: seesBroker,
  get_snapshot: seesBroker,
  get_client: seesBroker,
  get_clients: seesBroker,
  get_users: seesUsers,
  get_user: seesUsers,
  create_user: changesUsers,
  update_user: changesUsers,
  delete_user: changesUsers,
  update_permissions: changesUsers,
  change_password: changesUsers,
  get_streams: readsStreams,
  get_stream: (g, s, t) => readsStreams(g, s, t) || s.manageStream || s.readStream,
  create_stream: (g) => g.manageStreams,
  update_stream: changesStream,
  delete_stream: changesStream,
  purge_stream: changesStream,
  get_topics: seesTopics,
  get_topic: seesTopic,
  get_consumer_group: seesTopic,
  get_consumer_groups: seesTopic,
  create_consumer_group: seesTopic,
  delete_consumer_group: seesTopic,
  join_consumer_group: seesTopic,
  leave_consumer_group: seesTopic,
  sync_consumer_group: seesTopic,
  create_topic: makesTopics,
  update_topic: changesTopic,
  delete_topic: changesTopic,
  purge_topic: changesTopic,
  create_partitions: changesTopic,
  delete_partitions: changesTopic,
  delete_segments: changesTopic,
  poll_messages: polls,
  get_consumer_offset: polls,
  store_consumer_offset: polls,
  delete_consumer_offset: polls,
  send_messages: (g, s, t) =>
    g.sendMessages || s.sendMessages || t.sendMessages || changesTopic(g, s, t),
};

function someOf(all: object) {
  const names = Object.entries(all)
    .filter(([, value]) => typeof value === 'boolean')
    .map(([name]) => name);
  // Few at a time: with half of all rights nearly everything is allowed.
  return fc
    .subarray(names, { maxLength: 2 })
    .map((chosen) => Object.fromEntries(chosen.map((name) => [name, true])));
}

const anyGlobal = someOf(globally({}).global);
const anyStream = someOf(onStream(0, {}));
const anyTopic = someOf(onTopic(0, {}));

test('a user may do what the specification says, and nothing else', () => {
  const anyCommand = fc.constantFrom(...Object.keys(SENTENCES));
  fc.assert(
    fc.property(anyCommand, anyGlobal, anyStream, anyTopic, (name, global, stream, topic) => {
      const here = onStream(3, { ...stream, topics: [onTopic(4, topic)] });
      const permissions = globally(global, [here]);
      const says = SENTENCES[name]?.(permissions.global, here, onTopic(4, topic));
      const rule = RULES[name];
      if (rule === undefined) throw new Error(`${name} has no rule`);
      const scope = rule.kind === 'rights' ? rule.scope : 'broker';
      const target = { broker: {}, user: { userId: 9 }, stream: { streamId: 3 }, topic: HERE };
      expect(isAllowed(rule, USER, new Grants(permissions), target[scope])).toBe(says);
      expect(isAllowed(rule, 0, new Grants(null), target[scope])).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('rights over one stream or topic are none over another', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(RULES)),
      anyStream,
      anyTopic,
      fc.constantFrom({ streamId: 4, topicId: 4 }, { streamId: 4, topicId: 3 }),
      (rule, stream, topic, elsewhere) => {
        const permissions = globally({}, [onStream(3, { ...stream, topics: [onTopic(4, topic)] })]);
        const isFree = rule.kind !== 'rights';
        expect(isAllowed(rule, USER, new Grants(permissions), elsewhere)).toBe(isFree);
        const onlyTopic = globally({}, [onStream(3, { topics: [onTopic(4, topic)] })]);
        const sibling = { streamId: 3, topicId: 5 };
        expect(isAllowed(rule, USER, new Grants(onlyTopic), sibling)).toBe(isFree);
      },
    ),
  );
});

test('one’s own account and password need no right', () => {
  const nothing = new Grants(null);
  const allowed = Object.entries(RULES)
    .filter(([, rule]) => rule.kind === 'rights')
    .filter(([, rule]) => isAllowed(rule, USER, nothing, { userId: USER }))
    .map(([name]) => name);
  expect(allowed.toSorted()).toEqual(['change_password', 'get_user']);
});

test('an id that is listed twice counts as listed last', () => {
  const grants = new Grants(
    globally({}, [
      onStream(3, { pollMessages: true }),
      onStream(3, { topics: [onTopic(4, {}), onTopic(4, { sendMessages: true })] }),
    ]),
  );
  const may = (name: string) => isAllowed(RULES[name] ?? { kind: 'self' }, USER, grants, HERE);
  expect(may('poll_messages')).toBe(false);
  expect(may('send_messages')).toBe(true);
});

test('every command that is served has a rule, and every rule is one of a command', () => {
  const served = [...READS.values(), ...WRITES.values()].map(({ name }) => name);
  const known = new Set(Object.values(commands).map(({ name }) => name));
  expect(served.filter((name) => !(name in RULES))).toEqual([]);
  expect(Object.keys(RULES).filter((name) => !known.has(name))).toEqual([]);
  const free = Object.keys(RULES).filter((name) => !(name in SENTENCES));
  expect(free.toSorted()).toEqual([
    'create_personal_access_token',
    'delete_personal_access_token',
    'describe_options',
    'get_cluster_metadata',
    'get_me',
    'get_personal_access_tokens',
  ]);
});
