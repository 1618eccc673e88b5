import { describe, expect, test } from 'vitest';

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

describe('a program with commands', () => {
  const commands = [
    { name: 'serve', operands: [], summary: ['Serves.'] },
    { name: 'copy', operands: ['FILE'], summary: ['Copies', 'to FILE.'] },
  ];
  const program = { ...PROGRAM, commands };

  test.each([
    [[], 'serve', []],
    [['serve'], 'serve', []],
    [['copy', 'a b'], 'copy', ['a b']],
    [['--', 'copy', '-x'], 'copy', ['-x']],
  ])('%j means %s with %j', (args, name, operands) => {
    expect(readArguments(args, program)).toEqual({ kind: 'run', command: { name, operands } });
  });

  test.each([
    [['start'], "Unknown command 'start'"],
    [['copy'], "It is 'copy FILE'"],
    [['copy', 'a', 'b'], "It is 'copy FILE'"],
    [['serve', 'x'], "It is 'serve'"],
    [['copy', '--fast'], '--fast'],
  ])('%j is refused', (args, reason) => {
    expect(readArguments(args, program)).toMatchObject({
      kind: 'refuse',
      text: expect.stringContaining(reason),
    });
  });

  test('tells them all, also behind one of them', () => {
    const wish = readArguments(['copy', '--help'], program);
    expect(wish).toMatchObject({ kind: 'show', text: expect.stringContaining('[COMMAND]') });
    expect(wish).toMatchObject({
      text: expect.stringContaining('  copy FILE\n      Copies\n      to FILE.\n'),
    });
  });
});
