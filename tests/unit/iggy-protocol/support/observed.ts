import { fromHex, loadJson } from '../../../support/vectors.ts';

/** What the real server answered, as its recorder noted it down. */
export type Recorded =
  | { kind: 'reply'; operation: number; request: number; status: number; result: number }
  | { kind: 'eviction'; reason: number; max: number; min: number }
  | { kind: 'silence' };

export interface Exchange {
  /** Of the experiment. */
  name: string;
  request: Buffer;
  reply: Buffer | undefined;
  recorded: Recorded;
  /** The reply's payload, where the recorder read it. */
  decoded: unknown;
}

interface FlatVector {
  name: string;
  request_hex: string;
  reply_hex: string;
  reply: ReplyField;
}

type ReplyField =
  | {
      command: 8;
      operation: number;
      request: number;
      status: number;
      result: number;
      decoded?: unknown;
    }
  | { command: 13; eviction_reason: number; server_version: number; server_min: number };

interface SequenceVector {
  name: string;
  exchanges: { request_hex: string; reply_hex: string | null; outcome: string }[];
}

/** The recordings of a real server, an experiment of several exchanges taken apart into these. */
export function loadObserved(file: string): Exchange[] {
  const { vectors } = loadJson<{ vectors: (FlatVector | SequenceVector)[] }>('vsr-observed', file);
  return vectors.flatMap((vector) =>
    'exchanges' in vector ? sequenceExchanges(vector) : [flatExchange(vector)],
  );
}

function flatExchange({ name, request_hex, reply_hex, reply }: FlatVector): Exchange {
  return {
    name,
    request: fromHex(request_hex),
    reply: fromHex(reply_hex),
    recorded:
      reply.command === 8
        ? { kind: 'reply', ...numbersOf(reply) }
        : {
            kind: 'eviction',
            reason: reply.eviction_reason,
            max: reply.server_version,
            min: reply.server_min,
          },
    decoded: reply.command === 8 ? reply.decoded : undefined,
  };
}

function numbersOf({ operation, request, status, result }: Extract<ReplyField, { command: 8 }>) {
  return { operation, request, status, result };
}

function sequenceExchanges({ name, exchanges }: SequenceVector): Exchange[] {
  return exchanges.map(({ request_hex, reply_hex, outcome }) => ({
    name,
    request: fromHex(request_hex),
    reply: reply_hex === null ? undefined : fromHex(reply_hex),
    recorded: parseOutcome(outcome),
    decoded: undefined,
  }));
}

/** `op=2 req=5 status=0 result=0 …`, `EVICT 14 ver=11264 min=11264`, or `TIMEOUT`. */
function parseOutcome(outcome: string): Recorded {
  const [kind = '', first = '', ...fields] = outcome.split(/[ =]/);
  if (kind === 'TIMEOUT') return { kind: 'silence' };
  if (kind === 'EVICT') {
    const [, max = 0, , min = 0] = fields;
    return { kind: 'eviction', reason: Number(first), max: Number(max), min: Number(min) };
  }
  const [, request, , status, , result] = fields;
  return {
    kind: 'reply',
    operation: Number(first),
    request: Number(request),
    status: Number(status),
    result: Number(result),
  };
}
