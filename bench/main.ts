import { benchBatch } from './batch.ts';
import { benchBroker } from './broker-log.ts';
import { benchClient } from './client.ts';
import { benchGenerator } from './generator.ts';
import { readArguments, USAGE } from './options.ts';
import { benchPipeline } from './pipeline.ts';
import { benchPoll } from './poll.ts';
import { benchProduce } from './produce.ts';
import { benchScale } from './scale.ts';
import { benchSoak } from './soak.ts';

const BENCHES = {
  pipeline: benchPipeline,
  produce: benchProduce,
  batch: benchBatch,
  poll: benchPoll,
  client: benchClient,
  broker: benchBroker,
  scale: benchScale,
  soak: benchSoak,
  generator: benchGenerator,
} as const;

const given = readArguments(process.argv.slice(2));
const chosen = Object.entries(BENCHES).filter(([name]) => given?.names.includes(name));

if (given === undefined || chosen.length === 0 || chosen.length !== given.names.length) {
  process.stderr.write(`npm run bench -- BENCH… ${USAGE}\n`);
  process.stderr.write(`benches: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 64;
} else {
  for (const [, bench] of chosen) process.stdout.write(`${await bench(given.options)}\n\n`);
}
