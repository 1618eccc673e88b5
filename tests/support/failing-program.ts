import { AppFailure } from '../../src/app-failure.ts';
import { runProgram } from '../../src/process-edge.ts';

const WAYS_TO_FAIL: Readonly<Record<string, () => void>> = {
  exception() {
    setTimeout(() => {
      throw new Error('thrown where nobody catches');
    });
  },
  rejection() {
    void Promise.reject(new Error('rejected where nobody looks'));
  },
  fault() {
    throw new Error('thrown by the program');
  },
  failure() {
    throw new AppFailure(69, 'foreseen', new Error('and its cause'));
  },
};

/** A program that says something, and then fails in the way that its setting `FAILURE` names. */
await runProgram({
  about: { name: 'failing', summary: 'Fails.', settingsSection: 'None' },
  parseConfig: ({ FAILURE = '' }) => ({ fail: WAYS_TO_FAIL[FAILURE], logLevel: 'info' as const }),
  async run({ fail }, { log, signals }) {
    log.info('the last words');
    fail?.();
    // Nothing but the failure ends it.
    await signals.first;
    return 0;
  },
});
