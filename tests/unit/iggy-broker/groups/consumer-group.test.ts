import { expect, test } from 'vitest';

import { tellGroupStory } from '../../../support/group-story.ts';
import { startTestBroker } from '../../../support/start-broker.ts';

const DONE = { ok: true, value: {} };
const refused = (code: number) => ({ ok: false, code });
const RETRY = 'sync and retry';

/** A server of the line 0.9 told the same, but that what was purged was gone a moment later only. */
const TOLD: [string, unknown][] = [
  ['joining what is not there', refused(5000)],
  [
    'a new group',
    { group: { id: 0, partitionsCount: 4, membersCount: 0, name: 'g' }, members: [] },
  ],
  ['not a member: sync', null],
  ['not a member: leave', refused(5006)],
  ['not a member: poll', RETRY],
  ['Ann joins', [DONE, [1n, 0, 1, 2, 3]]],
  ['Ann joins again', [DONE, [1n, 0, 1, 2, 3]]],
  ['Ann polls the last one', [0, 1]],
  ['Ann polls and commits', [0, 1]],
  ['Ann polls beyond the end', RETRY],
  ['Bob joins', [DONE, [2n, 2], [2n, 0, 1]]],
  [
    'the members',
    [
      [0, 0, 1, 3],
      [1, 2],
    ],
  ],
  ['Bob polls what he will get', RETRY],
  ['Ann polls what she gives away', RETRY],
  ['Ann commits what she gives away', DONE],
  ['Bob has it', [3n, 2, 3]],
  ['Ann has not', [3n, 0, 1]],
  ['Bob goes on behind her', [2]],
  ['Bob goes on behind her commit', [2]],
  ['anybody sees what is stored', [[2, 2n, 2n], null]],
  ['the memberships', [[0], []]],
  ['Bob leaves', [DONE, null, [4n, 0, 1, 2, 3]]],
  ['Ann polls what nobody committed', [2]],
  ['Bob joins once more', [DONE, [5n, 2], [5n, 0, 1]]],
  ['Bob hangs up', [6n, 0, 1, 2, 3]],
  ['the members that are left', [[0, 0, 1, 2, 3]]],
  ['two partitions more', [7n, 0, 1, 2, 3, 4, 5]],
  ['three partitions less', [8n, 0, 1, 2]],
  ['Ann polls what is gone', RETRY],
  ['Ann forgets', [DONE, null, refused(3021)]],
  ['purged', [null, [8n, 0, 1, 2]]],
  ['deleted', DONE],
  ['without it', [null, RETRY, refused(5000), null]],
  ['no membership is left', []],
  ['its successor', { id: 1, partitionsCount: 3, membersCount: 0, name: 'g' }],
  ['Ann joins it and logs out', [DONE, [1n, 0, 1, 2]]],
  ['and is no member any more', []],
];

test('two members share a topic as on a real server, over sockets', async () => {
  const broker = await startTestBroker();
  expect(await tellGroupStory(broker.port)).toEqual(TOLD);
});
