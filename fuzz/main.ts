import { type Attack, readArguments, USAGE } from './arguments.ts';
import { tellAssault } from './broker/tell.ts';
import { readCorpus } from './corpus.ts';
import { type FuzzGateway, openFuzzGateway } from './gateway.ts';
import { simulate } from './simulation/run.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

/** A whole world and no input: it has neither corpus nor path, its seed says it all. */
const SIMULATION = 'simulation';
/** Many inputs of the target `broker-sessions` at once, over TCP, to the real program. */
const BROKER_LIVE = 'broker-live';
const NAMES: readonly string[] = [...TARGETS.map(({ name }) => name), SIMULATION, BROKER_LIVE];
const LIST = NAMES.map((name) => `${name}\n`).join('');

const wish = readArguments(process.argv.slice(2), NAMES);
switch (wish.kind) {
  case 'help':
    process.stdout.write(`${USAGE}\n${LIST}`);
    break;
  case 'list':
    process.stdout.write(LIST);
    break;
  case 'mistake':
    process.stderr.write(`${USAGE}\n${LIST}`);
    process.exitCode = 64;
    break;
  case 'attack':
    await attackAll(wish);
    break;
}

async function attackAll(wanted: Attack): Promise<void> {
  const seed = wanted.seed ?? crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
  const targets = TARGETS.filter(({ name }) => wanted.targets.includes(name));
  if (targets.length > 0) {
    const gateway = await openFuzzGateway();
    for (const target of targets) await attack(target, gateway, { ...wanted, seed });
    await gateway.stop();
  }
  if (wanted.targets.includes(SIMULATION)) await runSimulation(seed, wanted.seconds);
  if (wanted.targets.includes(BROKER_LIVE)) await runAssault(seed, wanted.seconds);
}

async function runAssault(seed: number, seconds: number): Promise<void> {
  process.stdout.write(`${BROKER_LIVE}: seed ${seed}, ${seconds} s\n`);
  const isSound = await tellAssault({ seed, seconds }, (text) => process.stdout.write(text));
  if (!isSound) process.exitCode = 1;
}

async function runSimulation(seed: number, seconds: number): Promise<void> {
  process.stdout.write(`${SIMULATION}: seed ${seed}, ${seconds} s\n`);
  const isSound = await simulate({ seed, seconds }, (text) => process.stdout.write(text));
  if (!isSound) process.exitCode = 1;
}

async function attack(
  target: Target,
  gateway: FuzzGateway,
  { seed, seconds, path }: Attack & { seed: number },
): Promise<void> {
  process.stdout.write(`${target.name}: seed ${seed}, ${seconds} s\n`);
  for (const input of readCorpus(target.name)) await target.replay(gateway, input);
  const { runs, failure } = await target.run(gateway, {
    seed,
    runsMax: 2 ** 31 - 1,
    timeMaxMs: seconds * 1000,
    ...(path !== undefined && { path }),
  });
  if (!failure) {
    process.stdout.write(`${target.name}: ${runs} runs, nothing found\n`);
    return;
  }
  process.exitCode = 1;
  process.stdout.write(
    `${target.name}: FAILED after ${runs} runs: ${failure.reason}\n` +
      `counterexample: ${failure.counterexample}\n` +
      `again: npm run fuzz -- ${target.name} --seed ${seed} --path ${failure.path}\n` +
      `for ever: add it to fuzz/corpus/${target.name}.json\n`,
  );
}
