import { expect, test } from 'vitest';

import { readArguments } from '../../src/arguments.ts';

const PROGRAM = { name: 'p', summary: 'Does it.', version: '1.2.3', settingsSection: 'Settings' };

test('without arguments the program is run', () => {
  expect(readArguments([], PROGRAM)).toEqual({ kind: 'run' });
});

test.each(['--help', '-h'])('%s says what it is, and where its settings stand', (argument) => {
  const wish = readArguments([argument], PROGRAM);
  expect(wish).toMatchObject({ kind: 'show', text: expect.stringContaining('Does it.') });
  expect(wish).toMatchObject({ text: expect.stringContaining('README.md') });
  expect(wish).toMatchObject({ text: expect.stringContaining('"Settings"') });
});

test('--version says which one it is', () => {
  expect(readArguments(['--version'], PROGRAM)).toEqual({ kind: 'show', text: 'p 1.2.3\n' });
});

test.each([
  [['--port', '80'], '--port'],
  [['start'], 'start'],
  [['--help', 'me'], 'me'],
  [['--version=2'], '--version'],
  [['--', 'x'], 'x'],
])('%j is refused by its name, whatever stands beside it', (args, name) => {
  expect(readArguments(args, PROGRAM)).toMatchObject({
    kind: 'refuse',
    text: expect.stringMatching(new RegExp(`^p: .*${name}`)),
  });
});
