import { parseArgs } from 'node:util';

import { benchPipeline } from './pipeline.ts';

const BENCHES = { pipeline: benchPipeline } as const;

const USAGE = `npm run bench -- BENCH [--rounds 5] [--seconds 5] [--warmup 4] [--connections 64]
benches: ${Object.keys(BENCHES).join(', ')}`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
  },
});
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warmupSeconds: Number(values.warmup),
  connections: Number(values.connections),
};
const chosen = Object.entries(BENCHES).filter(([name]) => positionals.includes(name));

if (chosen.length === 0 || !Object.values(options).every((value) => value > 0)) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 64;
}
for (const [, bench] of chosen) process.stdout.write(`${await bench(options)}\n`);
