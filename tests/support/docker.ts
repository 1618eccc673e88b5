import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A build or the log of a server: long, but not without end. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What a test cannot do without, and why it is not there. */
export interface Missing {
  missing: string;
}

/** Runs one command of the Docker client and gives what it printed. Rejects with its complaint. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout.trim();
}

/** An image that is here, or can be fetched from where Docker fetches images. */
export async function findImage(image: string): Promise<{ image: string } | Missing> {
  if (await hasImage(image)) return { image };
  try {
    await docker('pull', '--quiet', image);
    return { image };
  } catch (error) {
    return { missing: `${image} cannot be pulled: ${reasonOf(error)}` };
  }
}

export async function hasImage(image: string): Promise<boolean> {
  return (await docker('image', 'ls', '--quiet', image)) !== '';
}

export async function findDocker(): Promise<{ server: string } | Missing> {
  try {
    return { server: await docker('version', '--format', '{{.Server.Version}}') };
  } catch (error) {
    return { missing: `there is no Docker: ${reasonOf(error)}` };
  }
}

/** One loud line; where SLUICE_NO_SKIPS is set it is a failure. */
export function skipLoudly<Found>(subject: string, found: Found | Missing): Found | Missing {
  if (typeof found === 'object' && found !== null && 'missing' in found) {
    if (process.env['SLUICE_NO_SKIPS'] === '1') throw new Error(found.missing);
    announceSkip(subject, found);
  }
  return found;
}

export function announceSkip(subject: string, { missing }: Missing): void {
  process.stderr.write(`\n*** SKIPPED: ${subject}. ${missing}\n\n`);
}

/** The last line of what a command complained of, where it complained. */
export function reasonOf(error: unknown): string {
  const stderr =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string'
      ? error.stderr
      : '';
  return stderr.trim().split('\n').at(-1) || String(error);
}
