import fc from 'fast-check';

import type { FuzzGateway } from './gateway.ts';

/** What is attacked: inputs, which are plain JSON, and a check that throws if the property is broken. */
interface TargetSpec<Input> {
  name: string;
  arbitrary: fc.Arbitrary<Input>;
  check: (input: Input, gateway: FuzzGateway) => void | Promise<void>;
}

interface RunOptions {
  seed: number;
  runsMax: number;
  /** Ends the run without failing it. */
  timeMaxMs: number;
  /** Of a failure that was printed: goes straight there. */
  path?: string;
}

interface Failure {
  /** JSON: what to put into `fuzz/corpus/`. */
  counterexample: string;
  path: string;
  reason: string;
}

export interface Target {
  readonly name: string;
  /** Attacks with random inputs. */
  run(gateway: FuzzGateway, options: RunOptions): Promise<{ runs: number; failure?: Failure }>;
  /** Attacks with one known input; throws if the property is broken. */
  replay(gateway: FuzzGateway, input: unknown): Promise<void>;
}

export function target<Input>({ name, arbitrary, check }: TargetSpec<Input>): Target {
  return {
    name,
    async run(gateway, { seed, runsMax, timeMaxMs, path }) {
      const property = fc.asyncProperty(arbitrary, async (input) => check(input, gateway));
      const details = await fc.check(property, {
        seed,
        numRuns: runsMax,
        interruptAfterTimeLimit: timeMaxMs,
        markInterruptAsFailure: false,
        ...(path !== undefined && { path }),
      });
      const runs = details.numRuns;
      if (!details.failed || details.counterexample === null) return { runs };
      const [input] = details.counterexample;
      const reason = String(details.errorInstance);
      const counterexample = JSON.stringify(input);
      return { runs, failure: { counterexample, path: details.counterexamplePath ?? '', reason } };
    },
    async replay(gateway, input) {
      // A file of the corpus is written for this target.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      await check(input as Input, gateway);
    },
  };
}
