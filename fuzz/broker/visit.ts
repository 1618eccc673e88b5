import fc from 'fast-check';

import {
  commands,
  decodeBody,
  decodeServerFrame,
  Operation,
  replyOutcome,
} from '../../src/iggy-protocol/index.ts';
import { ROOT, TestIdentity } from '../../tests/support/broker-client.ts';
import { Dice } from '../simulation/dice.ts';
import { type Damage, damaged, seal, setSize } from './damage.ts';
import { type CommandName, PASSWORD, SPEAKERS } from './requests.ts';

/** One request: which, with what, and what becomes of its frame on the way. */
interface Step {
  command: CommandName;
  /** What it says, within what is valid. */
  seed: number;
  damage: readonly Damage[];
  /** Whether the frame says how long it is in the end. */
  isSized: boolean;
  /** Whether the checksums of its batch are made again in the end. */
  isSealed: boolean;
  /** How often it is sent in all. */
  times: number;
  /** Whether it is sent after the next one. */
  isLate: boolean;
}

/** One connection: whose, what it sends after its login, in which pieces, and how it ends. */
export interface Visit {
  as: 'root' | 'user0' | 'user1' | 'nobody';
  /** Of the few that visitors share, so that they take each other's place. */
  client: number;
  steps: readonly Step[];
  pieceBytes: number;
  /** It hangs up without waiting for answers. */
  isAbrupt: boolean;
}

// The type of SPEAKERS has no other keys.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const NAMES = Object.keys(SPEAKERS) as CommandName[];

const SMALL = ['0', '1', '127', '128', '255', '256', '2147483648', '4294967295'];
const LARGE = ['9223372036854775807', '9223372036854775808', '18446744073709551615'];
const NUMBERS = [...SMALL, ...LARGE];

/** In the prefix, in the header, and mostly behind it. */
const anyAt = fc.oneof(fc.nat({ max: 63 }), fc.nat({ max: 255 }), {
  weight: 4,
  arbitrary: fc.integer({ min: 256, max: 620 }),
});
const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at: anyAt, bit: fc.nat({ max: 7 }) }),
  fc.record({
    kind: fc.constant('number'),
    at: anyAt,
    bytes: fc.constantFrom(1, 4, 8),
    value: fc.constantFrom(...NUMBERS),
  }),
  fc.record({ kind: fc.constant('cut'), at: anyAt }),
  fc.record({ kind: fc.constant('drop'), at: anyAt, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('insert'),
    at: anyAt,
    hex: fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
  }),
  fc.record({ kind: fc.constant('splice'), at: anyAt, other: fc.nat({ max: 7 }) }),
);

const anyStep: fc.Arbitrary<Step> = fc.record({
  command: fc.constantFrom(...NAMES),
  seed: fc.nat({ max: 9999 }),
  damage: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(anyDamage, { minLength: 1, maxLength: 3 }) },
  ),
  isSized: fc.nat({ max: 3 }).map((n) => n > 0),
  isSealed: fc.boolean(),
  times: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 4 })),
  isLate: fc.nat({ max: 9 }).map((n) => n === 9),
});

export const anyVisit: fc.Arbitrary<Visit> = fc.record({
  as: fc.constantFrom('root', 'root', 'user0', 'user1', 'nobody'),
  client: fc.integer({ min: 1, max: 6 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 12 }),
  pieceBytes: fc.constantFrom(1 << 20, 1 << 20, 300, 51, 7),
  isAbrupt: fc.nat({ max: 5 }).map((n) => n === 5),
});

/** Client ids of visitors; the observer's is none of them. */
const clientIdOf = ({ client }: Visit): bigint => BigInt(client) << 64n;

/** The frame a visit begins with; undefined: it begins without a login. */
export function loginOf(visit: Visit): Buffer | undefined {
  const identity = new TestIdentity(clientIdOf(visit));
  switch (visit.as) {
    case 'root':
      return identity.login(ROOT);
    case 'user0':
    case 'user1':
      return identity.login({ username: visit.as, password: PASSWORD });
    case 'nobody':
      return undefined;
  }
}

/** What a login was answered with; whoever was not let in makes up a number. */
export function sessionOf(answer: Buffer | undefined): bigint {
  const reply = answer === undefined ? undefined : decodeServerFrame(answer);
  if (reply?.kind !== 'reply') return 1n;
  const outcome = replyOutcome(reply.header, reply.body);
  return outcome.ok ? decodeBody(commands.login.response, outcome.payload).session : 1n;
}

/** All bytes of a visit after its login, which was answered with `session`. */
export function bytesOf(visit: Visit, session: bigint): Buffer {
  const identity = new TestIdentity(clientIdOf(visit));
  identity.session = session;
  const frames = visit.steps.map(({ command, seed }) => {
    const { command: spoken, body } = SPEAKERS[command];
    const isLogin = spoken.operation === Operation.Register;
    return identity.rawFrame(spoken, body(new Dice(seed)), isLogin ? { session: 0n } : {});
  });
  const queue: Buffer[] = [];
  const late: Buffer[] = [];
  for (const [index, step] of visit.steps.entries()) {
    const sent = Array.from({ length: step.times }, () => mistreated(step, index, frames));
    if (step.isLate) late.push(...sent);
    else queue.push(...sent, ...late.splice(0));
  }
  return Buffer.concat([...queue, ...late]);
}

function mistreated(
  { damage, isSized, isSealed }: Step,
  index: number,
  frames: readonly Buffer[],
): Buffer {
  let frame: Buffer = Buffer.from(frames[index] ?? []);
  for (const one of damage) frame = damaged(frame, one, frames);
  if (damage.length > 0 && isSized) setSize(frame);
  if (damage.length > 0 && isSealed) seal(frame);
  return frame;
}

/** Consecutive views of `bytes`, none longer than `pieceBytes`. */
export function piecesOf(bytes: Buffer, pieceBytes: number): Buffer[] {
  const count = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
}
