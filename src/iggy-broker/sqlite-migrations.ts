import {
  CREATE_GROUPS,
  CREATE_REPLIES,
  CREATE_TRUNCATIONS,
  CREATE_USERS,
} from './sqlite-schema.ts';

interface Migration {
  /** The version it leads to, from the one before. */
  readonly to: number;
  readonly sql: string;
}

/**
 * How the file of an earlier version becomes one of this: step by step, each in one transaction together
 * with its new version, so that a crash leaves the file between two steps at worst. Afterwards it has the
 * same schema as a new one. A step that was released is never changed.
 */
export const MIGRATIONS: readonly Migration[] = [
  { to: 2, sql: CREATE_USERS + CREATE_GROUPS + CREATE_REPLIES + CREATE_TRUNCATIONS },
];
