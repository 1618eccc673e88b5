import { parseArgs } from 'node:util';

export interface AboutProgram {
  name: string;
  /** What it does, in one line. */
  summary: string;
  version: string;
  /** The section of README.md that has its settings. */
  settingsSection: string;
  /** What it can be told to do, the first one if nothing is said. Without any it does one thing only. */
  commands?: readonly AboutCommand[];
}

export interface AboutCommand {
  name: string;
  /** What has to follow its name, as the usage calls it. */
  operands: readonly string[];
  /** What it does, in lines that fit below its name. */
  summary: readonly string[];
}

/** What the program was told to do. */
export interface GivenCommand {
  readonly name: string;
  readonly operands: readonly string[];
}

/** What whoever started the program wants of it. */
export type Wish =
  | { readonly kind: 'run'; readonly command?: GivenCommand }
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'refuse'; readonly text: string };

/**
 * Arguments ask about a program, or name one of its commands; how it does it is said by its settings. Any
 * other one is a mistake.
 */
export function readArguments(args: string[], program: AboutProgram): Wish {
  const { name, version, commands } = program;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: commands !== undefined,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    });
    if (values.help) return { kind: 'show', text: usage(program) };
    if (values.version) return { kind: 'show', text: `${name} ${version}\n` };
    return commands === undefined ? { kind: 'run' } : readCommand(positionals, program);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return refuse(error.message, program);
  }
}

function readCommand(positionals: readonly string[], program: AboutProgram): Wish {
  const { commands = [] } = program;
  const [first = commands[0]?.name ?? '', ...operands] = positionals;
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) return refuse(`Unknown command '${first}'`, program);
  if (operands.length !== command.operands.length) {
    return refuse(`It is '${synopsis(command)}'`, program);
  }
  return { kind: 'run', command: { name: first, operands } };
}

function refuse(reason: string, program: AboutProgram): Wish {
  return { kind: 'refuse', text: `${program.name}: ${reason}\n\n${usage(program)}` };
}

function synopsis({ name, operands }: AboutCommand): string {
  return [name, ...operands].join(' ');
}

function usage({ name, summary, settingsSection, commands = [] }: AboutProgram): string {
  const given = commands.length > 0 ? '[COMMAND] ' : '';
  const listed = commands.map(
    (command) =>
      `  ${synopsis(command)}\n${command.summary.map((line) => `      ${line}\n`).join('')}`,
  );
  return `${summary}

Usage: ${name} ${given}[--help | --version]
${listed.length > 0 ? `\nCommands:\n${listed.join('')}` : ''}
It is set up by environment variables, or by a file .env in the working directory. README.md lists them
below "${settingsSection}".
`;
}

/** Of `parseArgs`, about the arguments. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  );
}
