import { parse } from 'yaml';

import { BROKER_SETTINGS } from '../../src/config/broker-process.ts';
import { type Setting, SETTINGS } from '../../src/config/settings.ts';

/** The environment variables that the gateway reads. */
export const GATEWAY_VARIABLES = variablesOf(SETTINGS);

/** Those of all our programs. */
export const ALL_VARIABLES: ReadonlySet<string> = new Set([
  ...GATEWAY_VARIABLES,
  ...variablesOf(BROKER_SETTINGS),
]);

function variablesOf(settings: Readonly<Record<string, Setting<unknown>>>): ReadonlySet<string> {
  return new Set(Object.values(settings).map(({ variable }) => variable));
}

/** What is named and not known: a setting that would do nothing. Each once. */
export function unknownVariables(
  named: Iterable<string>,
  known: ReadonlySet<string> = GATEWAY_VARIABLES,
): string[] {
  return [...new Set(named)].filter((name) => !known.has(name));
}

/** Capitals with an underscore anywhere; capitals alone only as code, or given a value. */
const VARIABLE =
  /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|(?<=`)[A-Z][A-Z0-9]+(?=`)|\b[A-Z][A-Z0-9]+(?==)/g;

/** Names in the prose, the tables and the commands of a document. */
export function variablesInMarkdown(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([name]) => name);
}

/** Names that the `ENV` instructions set, over continued lines too. */
export function variablesInDockerfile(text: string): string[] {
  const instructions = text.replaceAll(/\\\n/g, ' ').matchAll(/^ENV\s+(.*)$/gm);
  return [...instructions].flatMap(([, pairs = '']) =>
    [...pairs.matchAll(/(?:^|\s)([A-Za-z_]\w*)=/g)].map(([, name = '']) => name),
  );
}

/** Names in the environment of one service, be it a mapping or a list of `NAME=value`. */
export function variablesInCompose(text: string, service: string): string[] {
  const { services } = parse(text) as {
    services: Record<string, { environment?: Record<string, unknown> | string[] }>;
  };
  const { environment = {} } = services[service] ?? {};
  return Array.isArray(environment)
    ? environment.map((pair) => pair.split('=', 1)[0] ?? '')
    : Object.keys(environment);
}
