import { parseArgs } from 'node:util';

import { readCorpus } from './corpus.ts';
import { type FuzzGateway, openFuzzGateway } from './gateway.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

const USAGE = `npm run fuzz -- [TARGET...] [--seed S] [--seconds N] [--path P]
targets: ${TARGETS.map(({ name }) => name).join(', ')} (default: each in turn)`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, seconds: { type: 'string' }, path: { type: 'string' } },
});
const seed =
  values.seed === undefined ? crypto.getRandomValues(new Int32Array(1))[0] : Number(values.seed);
const seconds = Number(values.seconds ?? 10);
const targets =
  positionals.length === 0 ? TARGETS : TARGETS.filter(({ name }) => positionals.includes(name));

if (!Number.isInteger(seed) || !(seconds > 0) || targets.length < positionals.length) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 64;
} else {
  const gateway = await openFuzzGateway();
  for (const target of targets) await attack(target, gateway, seed ?? 0);
  await gateway.stop();
}

async function attack(target: Target, gateway: FuzzGateway, withSeed: number): Promise<void> {
  process.stdout.write(`${target.name}: seed ${withSeed}, ${seconds} s\n`);
  for (const input of readCorpus(target.name)) await target.replay(gateway, input);
  const { runs, failure } = await target.run(gateway, {
    seed: withSeed,
    runsMax: 2 ** 31 - 1,
    timeMaxMs: seconds * 1000,
    ...(values.path !== undefined && { path: values.path }),
  });
  if (!failure) {
    process.stdout.write(`${target.name}: ${runs} runs, nothing found\n`);
    return;
  }
  process.exitCode = 1;
  process.stdout.write(
    `${target.name}: FAILED after ${runs} runs: ${failure.reason}\n` +
      `counterexample: ${failure.counterexample}\n` +
      `again: npm run fuzz -- ${target.name} --seed ${withSeed} --path ${failure.path}\n` +
      `for ever: add it to fuzz/corpus/${target.name}.json\n`,
  );
}
