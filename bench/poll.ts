import { BareServer } from './bare.ts';
import { Gateway } from './gateway.ts';
import { iggyContender, iggyGoal } from './beside-iggy.ts';
import { IGGY } from './iggy-http.ts';
import type { BenchOptions } from './options.ts';
import { type Contender, type Entry, race } from './race.ts';
import { eventText } from './requests.ts';
import { brokerOf } from './table.ts';

const EVENT_BYTES = 300;
const LEVELS = [10, 100, 1000];
const QUICK_LEVELS = [10];
const CONNECTIONS = 16;
/** In partition 0, in batches of `FILL_EACH`; polls begin at ten places of it. */
const STORED = 10_000;
const FILL_EACH = 1000;
const PLACES = 10;

const BARE = 'bare node:http, the same bytes';
const OURS = 'gateway';

/** `GET /messages`, beside what Node does when it only hands out the same bytes. */
export function benchPoll(options: BenchOptions): Promise<string> {
  const levels = options.quick ? QUICK_LEVELS : LEVELS;
  const usual = options.quick ? Math.max(...levels) : 100;
  return race(
    {
      name: 'poll',
      details: `events of ${EVENT_BYTES} bytes, ${CONNECTIONS} connections, ${brokerOf(options)}`,
      levelName: 'messages an answer',
      levels,
      base: BARE,
      messagesEach: (count) => count,
      enter: (entry) => enter(entry, options),
      goals: (ratio) =>
        iggyGoal(options, () => ({
          what: `polls of ${usual}, of what ${IGGY} answers`,
          measured: ratio(usual, OURS, IGGY),
          atLeast: 1,
        })),
    },
    options,
  );
}

async function enter(entry: Entry, options: BenchOptions): Promise<Contender[]> {
  const { load, directory, add } = entry;
  const { connectionString } = options;
  const connections = CONNECTIONS;
  const bare = add(await BareServer.start());
  const env = { POLL_MAX_COUNT: String(Math.max(...LEVELS)) };
  const gateway = add(await Gateway.start({ directory, connectionString, env }));
  for (let stored = 0; stored < STORED; stored += FILL_EACH) await fill(gateway);
  return [
    {
      name: BARE,
      async measure(count, seconds) {
        const page = await gateway.page(0, count);
        return bare.handOut(load, page, { connections, seconds });
      },
    },
    {
      name: OURS,
      measure: (count, seconds) =>
        gateway.poll(load, offsetsFor(count), count, EVENT_BYTES, { connections, seconds }),
    },
    ...(await iggyContender(entry, options, async (api) => {
      for (let stored = 0; stored < STORED; stored += FILL_EACH) {
        await api.fill(FILL_EACH, EVENT_BYTES);
      }
      return (count, seconds) =>
        api.poll(load, offsetsFor(count), count, EVENT_BYTES, { connections, seconds });
    })),
  ];
}

/** Where a full page begins. */
function offsetsFor(count: number): number[] {
  const apart = Math.floor((STORED - count) / PLACES);
  return Array.from({ length: PLACES }, (_, place) => place * apart);
}

async function fill({ view, place }: Gateway): Promise<void> {
  const payload = Buffer.from(eventText('00000000', EVENT_BYTES));
  const messages = Array.from({ length: FILL_EACH }, (_, index) => ({
    id: BigInt(index + 1),
    originTimestampMicros: 1n,
    payload,
  }));
  const partitioning = { kind: 'partition', partitionId: 0 } as const;
  const signal = AbortSignal.timeout(10_000);
  await view.client.send({ ...place, partitioning, messages }, { signal });
}
