import { z } from 'zod';

/** What a key may be allowed to do. Which route needs which: docs/security.md. */
export const VERBS = ['send', 'poll', 'view', 'admin'] as const;
export type Verb = (typeof VERBS)[number];

/** What a route is about: one topic, one stream, or (neither given) all streams together. */
export interface Resource {
  readonly stream?: string | undefined;
  readonly topic?: string | undefined;
}

/**
 * A scope, such as `send:orders/*` or `admin:*`: what may be done, and where. `*` stands for any characters of
 * one name. Without a topic it covers the streams of that pattern and everything in them.
 */
export interface Scope {
  readonly verb: Verb;
  readonly stream: string;
  readonly topic?: string | undefined;
}

const SCOPE_CHARACTERS_MAX = 600;
const SCOPE = new RegExp(`^(${VERBS.join('|')}):([A-Za-z0-9._*-]+)(?:/([A-Za-z0-9._*-]+))?$`);

export const scope = z
  .string()
  .max(SCOPE_CHARACTERS_MAX)
  .transform((text, context): Scope => {
    const [, verb, stream, topic] = SCOPE.exec(text) ?? [];
    const known = VERBS.find((it) => it === verb);
    if (known !== undefined && stream !== undefined) return { verb: known, stream, topic };
    context.addIssue({
      code: 'custom',
      message: `must be a verb (${VERBS.join(', ')}) and a pattern, such as send:orders/*`,
    });
    return z.NEVER;
  });

/** Whether one of the scopes allows this. Who may administrate a thing may also look at it. */
export function allows(scopes: readonly Scope[], verb: Verb, resource: Resource): boolean {
  return scopes.some(
    (it) => (it.verb === verb || (it.verb === 'admin' && verb === 'view')) && covers(it, resource),
  );
}

function covers(pattern: Scope, { stream, topic }: Resource): boolean {
  // All streams together are more than any pattern but the one that stands for all of them.
  if (stream === undefined) return pattern.stream === '*' && pattern.topic === undefined;
  if (!matches(pattern.stream, stream)) return false;
  if (pattern.topic === undefined) return true;
  return topic !== undefined && matches(pattern.topic, topic);
}

/** A pattern in which `*` stands for any characters, none included. At most pattern × name steps. */
function matches(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (name.length < head.length + tail.length) return false;
  if (!name.startsWith(head) || !name.endsWith(tail)) return false;
  let from = head.length;
  const end = name.length - tail.length;
  // Whatever comes between two stars is best found as early as possible.
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
