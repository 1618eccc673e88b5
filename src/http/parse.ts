import type { core, output, ZodType } from 'zod';

import { GatewayError, type Issue } from '../errors.ts';

export type Checked<Value> = { ok: true; value: Value } | { ok: false; issues: readonly Issue[] };

/** A fault list this long helps nobody, and each entry costs memory. */
const UNKNOWN_NAMES_MAX = 100;
const NAME_CHARACTERS_MAX = 100;

/** Returns the value as the schema describes it, or throws `bad_request` with every fault. */
export function parse<Schema extends ZodType>(schema: Schema, input: unknown): output<Schema> {
  const checked = check(schema, input);
  if (checked.ok) return checked.value;
  throw badRequest(checked.issues);
}

/** The same without throwing. `at` is the JSON pointer of `input` within the whole. */
export function check<Schema extends ZodType>(
  schema: Schema,
  input: unknown,
  at = '',
): Checked<output<Schema>> {
  const result = schema.safeParse(input, { error: describe });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, issues: result.error.issues.flatMap((issue) => toIssues(issue, at)) };
}

export function badRequest(issues: readonly Issue[]): GatewayError {
  const [first] = issues;
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const where = first?.path === '' ? 'The request' : first?.path;
  return new GatewayError('bad_request', `${where} ${first?.message}${others}`, { issues });
}

/** One entry for each name that has no place in the object at `at`. */
export function unknownMembers(names: readonly string[], at: string): Issue[] {
  return names
    .slice(0, UNKNOWN_NAMES_MAX)
    .map((name) => ({ path: `${at}${pointer([name])}`, message: 'is not known here' }));
}

/** RFC 6901. Names come from the client, so they are cut to a length that may be sent back. */
export function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => String(part).slice(0, NAME_CHARACTERS_MAX).toWellFormed())
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function toIssues(issue: core.$ZodIssue, at: string): Issue[] {
  const path = `${at}${pointer(issue.path)}`;
  if (issue.code === 'unrecognized_keys') return unknownMembers(issue.keys, path);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  return [{ path, message: issue.message }];
}

/** Says what is expected. A message that a schema brings along has already won over this one. */
function describe(issue: core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeName(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return issue.inclusive === false || issue.options === undefined
        ? undefined
        : `must be one of ${issue.options.map(String).join(', ')}`;
    case 'too_small':
      return `must ${quantity(issue.origin, `at least ${issue.minimum}`)}`;
    case 'too_big':
      return `must ${quantity(issue.origin, `at most ${issue.maximum}`)}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined;
  }
}

/** The JSON word for zod's, with its article. */
function typeName(expected: string): string {
  if (expected === 'int') return 'an integer';
  if (expected === 'record') return 'an object';
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function quantity(origin: string, bound: string): string {
  if (origin === 'string') return `have ${bound} characters`;
  if (origin === 'array') return `have ${bound} elements`;
  return `be ${bound}`;
}
