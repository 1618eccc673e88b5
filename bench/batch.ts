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
/** Each with a batch under way: enough for the server to have always something to do. */
const CONNECTIONS = 16;

const BARE = 'bare node:http, JSON parse';
const OURS = 'gateway';

/** `POST /messages/batch`, beside what Node does when it only parses the same body. */
export function benchBatch(options: BenchOptions): Promise<string> {
  const levels = options.quick ? QUICK_LEVELS : LEVELS;
  const usual = options.quick ? Math.max(...levels) : 100;
  return race(
    {
      name: 'batch',
      details: `events of ${EVENT_BYTES} bytes, ${CONNECTIONS} connections, ${brokerOf(options)}`,
      levelName: 'events a request',
      levels,
      base: BARE,
      messagesEach: (events) => events,
      enter: (entry) => enter(entry, options),
      goals: (ratio) => [
        {
          what: `batches of ${usual}, of bare node:http`,
          measured: ratio(usual, OURS, BARE),
          atLeast: 0.5,
        },
        ...iggyGoal(options, () => ({
          what: `batches of ${usual}, of what ${IGGY} accepts`,
          measured: ratio(usual, OURS, IGGY),
          atLeast: 1.3,
        })),
      ],
    },
    options,
  );
}

async function enter(entry: Entry, options: BenchOptions): Promise<Contender[]> {
  const { load, directory, add } = entry;
  const { connectionString } = options;
  const connections = CONNECTIONS;
  const bare = add(await BareServer.start());
  const gateway = add(await Gateway.start({ directory, connectionString }));
  return [
    {
      name: BARE,
      measure: (events, seconds) => bare.parse(load, bodyOf(events, ''), { connections, seconds }),
    },
    {
      name: OURS,
      measure(events, seconds) {
        const body = (prefix: string): string => bodyOf(events, prefix);
        return gateway.send(load, { path: '/messages/batch', body, connections, seconds });
      },
    },
    ...(await iggyContender(
      entry,
      options,
      (api) => (events, seconds) => api.send(load, events, EVENT_BYTES, { connections, seconds }),
    )),
  ];
}

function bodyOf(events: number, prefix: string): string {
  const event = eventText(prefix, EVENT_BYTES);
  return `{"events":[${Array.from({ length: events }, () => event).join(',')}]}`;
}
