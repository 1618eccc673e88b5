import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, 'corpus');

/** Past failures and inputs chosen by hand: `fuzz/corpus/TARGET.json`, an array of inputs. */
export function readCorpus(target: string): readonly unknown[] {
  const inputs: unknown = JSON.parse(readFileSync(path.join(FOLDER, `${target}.json`), 'utf8'));
  if (!Array.isArray(inputs)) throw new Error(`${target}.json is no array of inputs`);
  return inputs;
}

export function corpusTargets(): string[] {
  return readdirSync(FOLDER).map((file) => path.basename(file, '.json'));
}
