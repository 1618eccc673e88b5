import { SettingError } from './parsers.ts';
import type { Problems } from './problems.ts';
import type { Setting, SETTINGS } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

type ValueOf<Row> = Row extends { parse: (text: string) => infer Value } ? Value : never;

/** What the variables of a table say. A setting without a fallback may have no value. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends { fallback: string }
    ? ValueOf<Table[Name]>
    : ValueOf<Table[Name]> | undefined;
};

/** Those of the gateway. */
export type Values = ValuesOf<typeof SETTINGS>;

const SHOWN_CHARACTERS_MAX = 60;

/**
 * Reads every setting of `table`. What is wrong is noted and replaced by its fallback, so that the rest
 * can be looked at too. An empty variable counts as unset.
 */
export function readSettings<Table extends Readonly<Record<string, Setting<unknown>>>>(
  table: Table,
  env: Environment,
  problems: Problems,
): ValuesOf<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    values[name] = readSetting(setting, env[setting.variable], problems);
  }
  // `ValuesOf` is computed from the very table that the loop has gone through.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return values as ValuesOf<Table>;
}

function readSetting(
  { variable, fallback, parse, secret }: Setting<unknown>,
  given: string | undefined,
  problems: Problems,
): unknown {
  if (given) {
    try {
      return parse(given);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      const shown = secret ? '' : `, not "${given.slice(0, SHOWN_CHARACTERS_MAX)}"`;
      problems.add(variable, `${error.message}${shown}`);
    }
  }
  return fallback === undefined ? undefined : parse(fallback);
}
