import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  ALL_VARIABLES,
  GATEWAY_VARIABLES,
  unknownVariables,
  variablesInCompose,
  variablesInDockerfile,
  variablesInMarkdown,
} from './support/env-names.ts';

describe('every variable that is named is a setting', () => {
  test.each(['README.md', 'k8s/README.md'])('in %s', (file) => {
    const named = variablesInMarkdown(readFileSync(file, 'utf8'));
    expect(named.length).toBeGreaterThan(0);
    expect(unknownVariables(named, ALL_VARIABLES)).toEqual([]);
  });

  test('in the Dockerfile', () => {
    const named = variablesInDockerfile(readFileSync('Dockerfile', 'utf8'));
    expect(named).toContain('EMBEDDED_BROKER');
    expect(unknownVariables(named, ALL_VARIABLES)).toEqual([]);
  });
});

describe('a name that is no setting is found', () => {
  test.each([
    ['the settings `PORT` and `POTR`', ['POTR']],
    ['`SHUTDOWN_DELAY_MS` and SHUTDOWN_DELAY', ['SHUTDOWN_DELAY']],
    ['PORT=3000 POTR=3000 npm start', ['POTR']],
    ['a GET of JSON over HTTP is no variable', []],
  ])('in the words: %s', (text, unknown) => {
    expect(unknownVariables(variablesInMarkdown(text))).toEqual(unknown);
  });

  test('in a Dockerfile', () => {
    const text = 'ARG NOISE=1\nENV PORT=3000 \\\n  POTR=3000\nRUN X=1 true\n';
    expect(variablesInDockerfile(text)).toEqual(['PORT', 'POTR']);
  });

  test.each([
    [
      'a mapping',
      'services: {sluice: {environment: {PORT: 1, POTR: 2}}, iggy: {environment: {X: 1}}}',
    ],
    ['a list', 'services: {sluice: {environment: [PORT=1, POTR=2]}, iggy: {environment: [X=1]}}'],
  ])('in the environment of a service, as %s', (_, text) => {
    expect(variablesInCompose(text, 'sluice')).toEqual(['PORT', 'POTR']);
    expect(variablesInCompose(text, 'none')).toEqual([]);
  });

  test('where it is one of the other program', () => {
    expect(unknownVariables(['BROKER_PORT', 'PORT', 'BROKER_PORT'], GATEWAY_VARIABLES)).toEqual([
      'BROKER_PORT',
    ]);
  });
});
