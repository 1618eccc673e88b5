import { type Identifier, STATUS } from '../iggy-protocol/index.ts';
import { invariant } from '../utils/invariant.ts';
import type { Call } from './context.ts';
import { isAllowed, RULES, type Rights, type Rule, type TargetIds } from './permissions.ts';
import { Refusal } from './refusal.ts';

/** Throws where the command has no rule: nothing is served that nobody has thought of. */
export function ruleOf(commandName: string): Rule {
  const rule = RULES[commandName];
  invariant(rule, `the command ${commandName} has no rule`);
  return rule;
}

/**
 * Refuses what the caller may not do, with 41. What the request names and does not exist is nobody's: the
 * command itself says so, for existence comes before permission (iggy-vsr-0.11 §3).
 *
 * A session outlives its user, as on the official server, with no right left; but it does not come into
 * those of a later user with the same id.
 */
export function authorize(rule: Rule, request: unknown, { state, caller }: Call): void {
  if (rule.kind === 'anyone') return;
  const { account } = caller;
  if (!state.users.has(account)) throw new Refusal(STATUS.Unauthorized);
  if (rule.kind === 'self') return;
  const target = targetOf(rule, request, state);
  if (target === undefined || isAllowed(rule, account.id, account.grants, target)) return;
  throw new Refusal(STATUS.Unauthorized);
}

/** Undefined if it does not exist. */
function targetOf(
  { scope }: Rights,
  request: unknown,
  { catalog, users }: Call['state'],
): TargetIds | undefined {
  switch (scope) {
    case 'broker':
      return {};
    case 'user': {
      const user = users.find(named(request, 'user'));
      return user && { userId: user.id };
    }
    case 'stream': {
      const stream = catalog.streams.find(named(request, 'stream'));
      return stream && { streamId: stream.id };
    }
    case 'topic': {
      const stream = catalog.streams.find(named(request, 'stream'));
      const topic = stream?.topics.find(named(request, 'topic'));
      return stream && topic && { streamId: stream.id, topicId: topic.id };
    }
  }
}

/** All commands call what they are about by the same names. */
function named(request: unknown, field: 'user' | 'stream' | 'topic'): Identifier {
  invariant(typeof request === 'object' && request !== null && field in request, `no ${field}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the request was decoded as one that has it
  return (request as Record<typeof field, Identifier>)[field];
}
