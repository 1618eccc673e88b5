import { expect, test } from 'vitest';

import { spawnProgram } from '../support/spawn-program.ts';

test.each([
  ['exception', 70, ['an uncaught exception', 'thrown where nobody catches']],
  ['rejection', 70, ['an uncaught exception', 'rejected where nobody looks']],
  ['fault', 70, ['a fault of the program', 'thrown by the program']],
  ['failure', 69, ['foreseen', 'and its cause']],
])(
  'after a failure of the kind "%s" the process ends with %i, and the log has everything',
  async (failure, code, words) => {
    const entry = 'tests/support/failing-program.ts';
    const program = spawnProgram({ entry, env: { FAILURE: failure } });
    expect(await program.exited).toEqual({ code, signal: null });
    const lines = program.output.stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('the last words');
    for (const word of words) expect(lines[1]).toContain(word);
  },
);
