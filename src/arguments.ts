import { parseArgs } from 'node:util';

export interface AboutProgram {
  name: string;
  /** What it does, in one line. */
  summary: string;
  version: string;
  /** The section of README.md that has its settings. */
  settingsSection: string;
}

/** What whoever started the program wants of it. */
export type Wish =
  | { readonly kind: 'run' }
  | { readonly kind: 'show'; readonly text: string }
  | { readonly kind: 'refuse'; readonly text: string };

/** Arguments only ask about a program; what it does is said by its settings. Any other one is a mistake. */
export function readArguments(args: string[], program: AboutProgram): Wish {
  const { name, version } = program;
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    });
    if (values.help) return { kind: 'show', text: usage(program) };
    if (values.version) return { kind: 'show', text: `${name} ${version}\n` };
    return { kind: 'run' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { kind: 'refuse', text: `${name}: ${error.message}\n\n${usage(program)}` };
  }
}

function usage({ name, summary, settingsSection }: AboutProgram): string {
  return `${summary}

Usage: ${name} [--help | --version]

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
