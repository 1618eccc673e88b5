import { Gateway } from './gateway.ts';
import { iggyContender, iggyGoal } from './beside-iggy.ts';
import { IGGY } from './iggy-http.ts';
import type { BenchOptions } from './options.ts';
import { type Contender, type Entry, race } from './race.ts';
import { eventText } from './requests.ts';
import { brokerOf } from './table.ts';

const EVENT_BYTES = 300;
const LEVELS = [1, 16, 64, 256];
const QUICK_LEVELS = [1, 8];

const OURS = 'gateway';
const ALONE = 'gateway, one send a broker request';

/** `POST /messages` with one event: what is gained by sending many callers' events in one request. */
export function benchProduce(options: BenchOptions): Promise<string> {
  const levels = options.quick ? QUICK_LEVELS : LEVELS;
  const many = options.quick ? Math.max(...levels) : 64;
  return race(
    {
      name: 'produce',
      details: `events of ${EVENT_BYTES} bytes, ${brokerOf(options)}`,
      levelName: 'connections',
      levels,
      base: ALONE,
      messagesEach: () => 1,
      enter: (entry) => enter(entry, options),
      goals: (ratio) => [
        {
          what: `at ${many} connections, of one send a broker request`,
          measured: ratio(many, OURS, ALONE),
          atLeast: 3,
        },
        { what: 'the same at 1 connection', measured: ratio(1, OURS, ALONE), atLeast: 0.95 },
        ...iggyGoal(options, () => ({
          what: `at ${many} connections, of what ${IGGY} accepts`,
          measured: ratio(many, OURS, IGGY),
          atLeast: 1,
        })),
      ],
    },
    options,
  );
}

async function enter(entry: Entry, options: BenchOptions): Promise<Contender[]> {
  const { load, directory, add } = entry;
  const { connectionString } = options;
  const start = async (name: string, alone: boolean): Promise<Contender> => {
    const gateway = add(await Gateway.start({ directory, connectionString, alone }));
    return {
      name,
      measure: (connections, seconds) =>
        gateway.send(load, { path: '/messages', body: bodyOf, connections, seconds }),
    };
  };
  return [
    await start(OURS, false),
    await start(ALONE, true),
    ...(await iggyContender(
      entry,
      options,
      (api) => (connections, seconds) => api.send(load, 1, EVENT_BYTES, { connections, seconds }),
    )),
  ];
}

function bodyOf(prefix: string): string {
  return `{"event":${eventText(prefix, EVENT_BYTES)}}`;
}
