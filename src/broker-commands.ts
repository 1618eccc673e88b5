import type { AboutCommand, GivenCommand } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { backUpData, BrokerStartError, checkData, type Inspection } from './iggy-broker/index.ts';

export const BROKER_COMMANDS = [
  {
    name: 'serve',
    operands: [],
    summary: ['Run the broker. This is what it does if nothing is said.'],
  },
  {
    name: 'check',
    operands: [],
    summary: [
      'Look at all data in BROKER_DATA_DIR, and change nothing. A broker may be running on them.',
      'Ends with 0 if they are good, with 70 if they are not or cannot be read.',
    ],
  },
  {
    name: 'backup',
    operands: ['FILE'],
    summary: [
      'Copy the data in BROKER_DATA_DIR, as they are now, to FILE, which must not exist, and check',
      'the copy. A broker may be running on them. Ends with 0, or with 70 and no FILE.',
    ],
  },
] as const satisfies readonly AboutCommand[];

/** How a command ended, and what is to be said of it: aloud if it is good, else where errors go. */
export interface CommandOutcome {
  readonly exitCode: ExitCode;
  readonly text: string;
}

/** What is done with the data of a broker besides serving them. */
export function runDataCommand(
  { name, operands }: GivenCommand,
  dataDirectory: string,
): CommandOutcome {
  const [target = ''] = operands;
  try {
    return name === 'backup'
      ? describe(backUpData(dataDirectory, target), `copied from ${dataDirectory} to ${target}`)
      : describe(checkData(dataDirectory), `checked in ${dataDirectory}`);
  } catch (error) {
    if (!(error instanceof BrokerStartError)) throw error;
    return { exitCode: EXIT.software, text: `${error.message}\n` };
  }
}

function describe({ findings, ...sums }: Inspection, done: string): CommandOutcome {
  const text = `${done}: ${inWords(sums)}\n`;
  if (findings.length === 0) return { exitCode: EXIT.ok, text: `good, ${text}` };
  const list = findings.map((finding) => `  ${finding}\n`).join('');
  return { exitCode: EXIT.software, text: `damaged, ${text}${list}` };
}

function inWords({ partitions, batches, messages, bytes }: Omit<Inspection, 'findings'>): string {
  return `${messages} messages in ${batches} batches of ${partitions} partitions, ${bytes} bytes`;
}
