import type { LoadJob, LoadResult } from './load-run.ts';
import { Helper, LOAD_CPU } from './processes.ts';

export type Load = (job: LoadJob) => Promise<LoadResult>;

/** Runs `work` with a load generator in a process of its own, which ends with it. */
export async function withLoad<Value>(work: (load: Load) => Promise<Value>): Promise<Value> {
  const generator = new Helper<LoadJob, LoadResult>(LOAD_CPU, 'load-process.ts');
  try {
    return await work((job) => generator.ask(job));
  } finally {
    await generator.end();
  }
}
