import {
  type Command,
  commands,
  decodeBody,
  decodeRequest,
  Operation,
  type Option,
  pollMessages,
  readRecords,
  replyOutcome,
  type RequestHeader,
} from '../../../../src/iggy-protocol/index.ts';
import { serverFrame } from '../../../support/broker-client.ts';

/** What an answer says, a line per fact: its place in the answer and its value. */
export type AnswerView = ReadonlyMap<string, string>;

const ALL: readonly Command<unknown, unknown>[] = Object.values(commands);

/** Not compared: times, versions, what is drawn at random, and what a machine says of itself. */
const OWN_TO_EACH = new Set(
  [
    ['cluster', 'session', 'serverVersion', 'serverSemver', 'token', 'archive'],
    ['createdAt', 'timestamp', 'startTime', 'runTime', 'processId', 'threadsCount'],
    ['cpuUsage', 'totalCpuUsage', 'memoryUsage', 'totalMemory', 'availableMemory'],
    ['readBytes', 'writtenBytes', 'freeDiskSpace', 'totalDiskSpace'],
    ['hostname', 'osName', 'osVersion', 'kernelVersion'],
  ].flat(),
);

/** Nothing on the wire tells the two logins apart, the names of the experiments do. */
function commandOf(name: string, { operation, code }: RequestHeader) {
  if (operation === Operation.Register) {
    return name.includes('-pat') ? commands.loginWithPat : commands.login;
  }
  return ALL.find((it) => it.operation === operation && (code === null || it.code === code));
}

/** What `bytes`, or the `silence` in their place, answered to `request`. */
export function answerView(
  name: string,
  request: Buffer,
  bytes: Buffer | undefined,
  silence: 'nothing' | 'closed',
): AnswerView {
  if (bytes === undefined) return new Map([['answer', silence]]);
  const { header: asked } = decodeRequest(request);
  const frame = serverFrame(bytes);
  if (frame.kind === 'eviction') {
    return view({
      answer: 'eviction',
      ...frame.header,
      client: frame.header.client === asked.client,
    });
  }
  const { operation, status, request: number, op } = frame.header;
  // Positions in the log are each server's own; that a denial and a read before login have none is not.
  const header = { operation, status, request: number, hasPosition: op !== 0n };
  const outcome = replyOutcome(frame.header, frame.body);
  if (!outcome.ok) return view({ answer: 'refused', ...header, code: outcome.code });
  return view({
    answer: 'done',
    ...header,
    payload: payloadView(commandOf(name, asked), outcome.payload),
  });
}

function payloadView(command: Command<unknown, unknown> | undefined, payload: Buffer): unknown {
  if (command?.name === pollMessages.name) {
    const { records, ...page } = decodeBody(pollMessages.response, payload);
    return { ...page, records: readRecords(records) };
  }
  return command === undefined ? payload : decodeBody(command.response, payload);
}

function view(answer: object): AnswerView {
  return new Map(factsOf('', answer));
}

function* factsOf(path: string, value: unknown): Generator<[string, string]> {
  if (OWN_TO_EACH.has(path.slice(path.lastIndexOf('.') + 1))) return;
  if (value instanceof Uint8Array) yield [path, Buffer.from(value).toString('hex')];
  else if (typeof value === 'object' && value !== null) yield* itemsOf(path, value);
  else yield [path, String(value)];
}

function* itemsOf(path: string, value: object): Generator<[string, string]> {
  if (Array.isArray(value)) yield [`${path}.length`, String(value.length)];
  for (const [key, item] of Object.entries(value)) {
    if (isOptions(item)) yield* item.map((it) => optionFact(`${path}.${key}`, it));
    else yield* factsOf(path === '' ? key : `${path}.${key}`, item);
  }
}

function isOptions(items: unknown): items is Option[] {
  return (
    Array.isArray(items) &&
    items.every((it) => Object.hasOwn(it, 'key') && Object.hasOwn(it, 'kind'))
  );
}

function optionFact(path: string, { key, kind, value }: Option): [string, string] {
  return [`${path}.${key}`, `${kind} ${value.toString('hex')}`];
}

/** Where the two do not say the same: `payload.id`, or only `refused 20 -> done` if the outcome is another. */
export function differences(real: AnswerView, ours: AnswerView): string[] {
  const [was, is] = [outcomeOf(real), outcomeOf(ours)];
  if (was !== is) return [`${was} -> ${is}`];
  const places = new Set([...real.keys(), ...ours.keys()]);
  return [...places].filter((place) => real.get(place) !== ours.get(place)).toSorted();
}

function outcomeOf(answer: AnswerView): string {
  const detail = answer.get('code') ?? answer.get('reason');
  return [answer.get('answer'), detail].filter((it) => it !== undefined).join(' ');
}
