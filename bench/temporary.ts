import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Runs `work` with a directory of its own, which is gone afterwards. */
export async function withDirectory<Value>(
  work: (directory: string) => Promise<Value>,
): Promise<Value> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
