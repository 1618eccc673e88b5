import { expect, test } from 'vitest';

import { answerView, differences } from './support/answer-view.ts';
import { EXPLANATIONS, explanationOf } from './support/known-differences.ts';
import { type Replayed, replayErrors, replaySession } from './support/replay.ts';

const replays = { session: replaySession(), errors: replayErrors() };

/** A line for each: the experiment, and what is different in its answer. */
function differencesIn(replayed: readonly Replayed[]): [experiment: string, difference: string][] {
  return replayed.flatMap(({ exchange: { name, request, reply }, answer }) => {
    const real = answerView(name, request, reply, 'nothing');
    const ours = answerView(name, request, answer, 'closed');
    return differences(real, ours).map((difference): [string, string] => [name, difference]);
  });
}

test.each(Object.entries(replays))(
  'the recorded requests have the answers of the real server here, but for what is listed: %s',
  (_, replayed) => {
    const unexplained = differencesIn(replayed).filter((it) => explanationOf(...it) === undefined);
    expect(unexplained).toEqual([]);
  },
);

test('nothing is listed that is not so', () => {
  const found = Object.values(replays).flatMap(differencesIn);
  const explanations = new Set(found.map((it) => explanationOf(...it)));
  expect(EXPLANATIONS.filter((it) => !explanations.has(it))).toEqual([]);
});

test('all recordings were replayed', () => {
  expect([replays.session.length, replays.errors.length]).toEqual([133, 124]);
});
