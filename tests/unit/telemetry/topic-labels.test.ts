import { expect, test } from 'vitest';

import { LABELLED_TOPICS_MAX, TopicFolding } from '../../../src/telemetry/topic-labels.ts';

const OTHER = { stream: 'other', topic: 'other' };

test('a topic is told apart once the broker has confirmed it', () => {
  const folding = new TopicFolding();
  const path = { stream: 's', topic: 't' };
  expect(folding.fold(path, false)).toEqual(OTHER);
  expect(folding.fold(path, true)).toEqual(path);
  expect(folding.fold(path, false)).toEqual(path);
});

test('beyond the maximum, further topics are counted together', () => {
  const folding = new TopicFolding();
  const paths = Array.from({ length: LABELLED_TOPICS_MAX + 50 }, (_, n) => ({
    stream: 's',
    topic: `t${n}`,
  }));
  const labels = paths.map((path) => folding.fold(path, true));
  expect(labels.slice(0, LABELLED_TOPICS_MAX)).toEqual(paths.slice(0, LABELLED_TOPICS_MAX));
  expect(labels.slice(LABELLED_TOPICS_MAX)).toEqual(Array.from({ length: 50 }, () => OTHER));
  expect(folding.fold({ stream: 's', topic: 't0' }, false)).toEqual(paths[0]);
});

test('no two topics share their labels', () => {
  const folding = new TopicFolding();
  const one = { stream: 'a.b', topic: 'c' };
  const other = { stream: 'a', topic: 'b.c' };
  expect(folding.fold(one, true)).toEqual(one);
  expect(folding.fold(other, true)).toEqual(other);
});
