import { type AssaultOptions, runAssault } from './assault.ts';

/** Assaults the broker once and tells of it. True if nothing was found. */
export async function tellAssault(
  options: AssaultOptions,
  write: (text: string) => void,
): Promise<boolean> {
  const { failure, suspects, visits, answers, ended, observed } = await runAssault(options);
  if (failure === undefined) {
    write(
      `broker-live: ${visits} connections with ${answers} answers, ${ended} of them rightly ended, ` +
        `${observed} messages beside them; nothing found\n`,
    );
    return true;
  }
  write(
    `broker-live: FAILED: ${failure}\n` +
      'one of these, or some of them together, did it; see which with the target broker-sessions:\n' +
      `${suspects.map((visit) => JSON.stringify([visit])).join('\n')}\n`,
  );
  return false;
}
