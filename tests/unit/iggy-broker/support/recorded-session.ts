import { decodeRequest, type RequestHeader } from '../../../../src/iggy-protocol/index.ts';
import { type Exchange, loadObserved } from '../../iggy-protocol/support/observed.ts';

export interface RecordedStep {
  exchange: Exchange;
  header: RequestHeader;
}

/** The session of the recording's main client; the others came and went while it was there. */
export const MAIN_SESSION = 59n;

/** Before which step of the main client the others did what they did, as its recorder had them do it. */
const OTHERS: readonly (readonly [before: string, steps: readonly string[]])[] = [
  ['describe-options-user', ['ping-before-login']],
  ['first-member-sync-after-second-joined', ['second-register']],
  [
    'get-client',
    [
      'second-member-poll-not-owned',
      'second-member-store-not-owned',
      'non-member-group-get-offset',
      'non-member-group-poll',
      'missing-group-poll',
      'missing-group-store',
    ],
  ],
  ['first-member-sync-after-leave', ['second-member-leave']],
  [
    'delete-user-missing',
    [
      'login-alice-old-password',
      'login-alice',
      'alice-create-stream-unauthorized',
      'alice-send-unauthorized',
      'alice-get-missing-topic-send',
      'alice-poll-allowed',
    ],
  ],
  ['get-pats', ['register-pat-bad']],
];

const FILES = [
  'session-and-system',
  'streams-topics-partitions',
  'users-and-tokens',
  'send',
  'poll',
  'offsets',
  'groups-and-clients',
];

/** What was recorded of one evening with a real server, in the order in which it was sent. */
export function recordedSession(): RecordedStep[] {
  const steps = FILES.flatMap((file) => loadObserved(file)).map((exchange) => ({
    exchange,
    header: decodeRequest(exchange.request).header,
  }));
  const main = steps
    .filter(({ header }) => header.session === MAIN_SESSION)
    // Reads carry the number of the operation that comes next.
    .toSorted(
      ({ header: one }, { header: other }) =>
        Number(one.request - other.request) ||
        Math.sign(one.operation - 2) - Math.sign(other.operation - 2),
    );
  const named = new Map(steps.map((step) => [step.exchange.name, step]));
  return main.flatMap((step) => {
    const before = OTHERS.find(([name]) => name === step.exchange.name)?.[1] ?? [];
    return before.flatMap((name) => named.get(name) ?? []).concat(step);
  });
}
