import { existsSync } from 'node:fs';

/** Where a browser is, or why there is none. */
export type Chromium = { executablePath: string } | { missing: string };

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Looks for the system's browser. Without one says so; where SLUICE_NO_SKIPS is set that is a failure. */
export function findChromium(): Chromium {
  const executablePath = PATHS.find((path) => existsSync(path));
  if (executablePath !== undefined) return { executablePath };
  const missing = `there is no browser at ${PATHS.join(', ')} (apt-get install chromium)`;
  if (process.env['SLUICE_NO_SKIPS'] === '1') throw new Error(missing);
  process.stderr.write(`\n*** SKIPPED: tests/browser. ${missing}\n\n`);
  return { missing };
}

/** As root in a container there is no sandbox; nothing is asked of the outside world. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
];
