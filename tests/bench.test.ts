import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { AnswerReader } from '../bench/answers.ts';
import { BarePoller } from '../bench/bare-poller.ts';
import { BareSender, prepareBatch, type PreparedBatch } from '../bench/bare-sender.ts';
import { BrokerView, patience, type Place } from '../bench/broker-view.ts';
import { IggyHttpApi } from '../bench/iggy-http.ts';
import { runLoad } from '../bench/load-run.ts';
import { readArguments } from '../bench/options.ts';
import {
  eventText,
  get,
  idPrefix,
  post,
  readId,
  type Target,
  writeNumber,
} from '../bench/requests.ts';
import { Samples, slope } from '../bench/samples.ts';
import { verdicts } from '../bench/table.ts';
import { startTestBroker } from './support/start-broker.ts';

const TARGET: Target = { host: 'here', port: 80, headers: {} };

describe('answers', () => {
  const body = '{"success":true}';
  const CUTTABLE = [
    ['with a length', `HTTP/1.1 201 Created\r\nA: b\r\ncontent-length: 16\r\n\r\n${body}`],
    [
      'in chunks',
      `HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${body}\r\n0\r\n\r\n`,
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\nA: b\r\n\r\n'],
  ] as const;

  test.each(CUTTABLE)('%s are complete at their last byte, wherever they are cut', (_, text) => {
    const bytes = Buffer.from(text);
    const status = Number(text.slice(9, 12));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const reader = new AnswerReader();
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
        const answers = chunks
          .filter(({ length }) => length > 0)
          .map((chunk) => reader.push(chunk));
        expect(answers.pop()?.status).toBe(status);
        expect(answers.filter((answer) => answer !== undefined)).toEqual([]);
      }),
    );
  });

  test.each([
    'HTTP/1.1 200 OK\r\n\r\n',
    'nonsense\r\n\r\n',
    `HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab`,
  ])('whose end cannot be told, or that are more than one, are refused: %j', (text) => {
    expect(() => new AnswerReader().push(Buffer.from(text))).toThrow(Error);
  });
});

describe('requests', () => {
  test('have every number where it is said to be', () => {
    const prefix = idPrefix(7);
    const event = eventText(prefix, 300);
    expect(event).toHaveLength(300);
    const { texts, numbersAt } = post(TARGET, '/messages/batch', `{"events":[${event},${event}]}`);
    const request = Buffer.from(texts[0] ?? '');
    const numbers = [1, 2 ** 47 + 15];
    for (const [index, at] of numbersAt.entries()) writeNumber(request, at, numbers[index] ?? 0);

    const [, sent = ''] = request.toString().split('\r\n\r\n');
    const { events } = JSON.parse(sent) as { events: { id: string }[] };
    expect(events.map(({ id }) => readId(id))).toEqual(
      numbers.map((number) => ({ prefix, number })),
    );
  });
});

describe('the load', () => {
  test('counts what the server counts, with a new number in each request', async () => {
    const ids: string[] = [];
    const target = await serve((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        ids.push((JSON.parse(text) as { id: string }).id);
        response.end('{}');
      });
    });
    const requests = post(target, '/', eventText(idPrefix(1), 300));
    const result = await runLoad({ target, requests, connections: 3, seconds: 0.1 });
    expect(ids).toHaveLength(result.answers);
    expect(ids.map((id) => readId(id).number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: result.answers }, (_, index) => index + 1),
    );
  });

  test('on a schedule sends what the schedule says, no more', async () => {
    const target = await serve((_, response) => response.end('{}'));
    const requests = get(target, ['/']);
    const job = { target, requests, connections: 2, seconds: 0.2, ratePerSec: 100 };
    expect((await runLoad(job)).answers).toBe(20);
  });

  test.each([
    ['an answer that is not 2xx', 503, { refusal: 429 }],
    ['a page that is not full', 200, { bodyBytesMin: 13 }],
  ])('fails on %s', async (_, status, wanted) => {
    const target = await serve((_request, response) => response.writeHead(status).end('{}'));
    const job = { target, requests: get(target, ['/']), connections: 2, seconds: 0.1 };
    await expect(runLoad({ ...job, ...wanted })).rejects.toThrow(`an answer ${status}`);
  });

  test('counts a refusal that is expected apart', async () => {
    const target = await serve((_, response) => response.writeHead(429).end('{}'));
    const job = { target, requests: get(target, ['/']), connections: 2, seconds: 0.1 };
    const { answers, refused } = await runLoad({ ...job, refusal: 429 });
    expect(answers).toBe(0);
    expect(refused).toBeGreaterThan(0);
  });
});

describe('what the broker holds', () => {
  const PLACE: Place = { stream: 'bench', topic: 'events', partitionsCount: 2 };
  const prefix = idPrefix(1);

  async function brokerWith(numbers: readonly number[]): Promise<BrokerView> {
    const { port } = await startTestBroker();
    const view = new BrokerView(`iggy://iggy:iggy@127.0.0.1:${port}`);
    onTestFinished(() => view.stop());
    await view.create(PLACE);
    for (const number of numbers) {
      const payload = Buffer.from(eventText(prefix, 300));
      writeNumber(payload, 31, number);
      const messages = [{ id: 1n, originTimestampMicros: 1n, payload }];
      const partitioning = { kind: 'balanced' } as const;
      await view.client.send({ ...PLACE, partitioning, messages }, patience());
    }
    return view;
  }

  test('is exactly what was acknowledged', async () => {
    const view = await brokerWith([1, 2, 3]);
    await view.check(PLACE, [0, 0], { prefix, messages: 3 });
  });

  test.each([
    ['one is missing', [1, 2], prefix],
    ['one is too many', [1, 2, 3, 4], prefix],
    ['one is there twice, another not', [1, 2, 2], prefix],
    ['one is nobody’s', [1, 2, 9], prefix],
    ['they are another measurement’s', [1, 2, 3], idPrefix(2)],
  ])('or the bench fails: %s', async (_, numbers, wanted) => {
    const view = await brokerWith(numbers);
    const checked = view.check(PLACE, [0, 0], { prefix: wanted, messages: 3 });
    await expect(checked).rejects.toThrow(/where \d+ were acknowledged|what nobody sent/);
  });
});

describe('what bare sockets read', () => {
  const PLACE: Place = { stream: 'bench', topic: 'events', partitionsCount: 1 };
  /** Many times what one read of a socket brings. */
  const SENT = prepareBatch(1000, Buffer.from('x'.repeat(300)));

  /** A broker that was sent as many batches, and somebody who polls for what is told to be there. */
  async function poller(sends: number, told: PreparedBatch, batches: number): Promise<BarePoller> {
    const { port } = await startTestBroker();
    const connectionString = `iggy://iggy:iggy@127.0.0.1:${port}`;
    const view = new BrokerView(connectionString);
    onTestFinished(() => view.stop());
    await view.create(PLACE);
    const sender = await BareSender.open(connectionString, PLACE, 0, SENT);
    onTestFinished(() => sender.close());
    let sent = 0;
    await sender.send(
      () => sent < sends,
      () => (sent += 1),
    );
    expect(sent).toBe(sends);
    const polling = await BarePoller.open(connectionString, PLACE, 0, told, batches);
    onTestFinished(() => polling.close());
    return polling;
  }

  test('is everything at least once, and goes on from the start for as long as wanted', async () => {
    const polling = await poller(3, SENT, 3);
    let pages = 0;
    const count = () => (pages += 1);
    await polling.poll(() => false, count);
    expect(pages).toBe(3);
    await polling.poll(() => pages < 7, count);
    expect(pages).toBe(7);
  });

  test.each([
    ['is less than was acknowledged', 2, SENT, 3],
    ['is more', 2, SENT, 1],
    ['is not what was sent', 2, prepareBatch(1000, Buffer.from('y'.repeat(300))), 2],
    ['is cut otherwise', 2, prepareBatch(500, Buffer.from('x'.repeat(300))), 4],
  ])('or the bench fails: it %s', async (_, sends, told, batches) => {
    const polling = await poller(sends, told, batches);
    await expect(
      polling.poll(
        () => false,
        () => {},
      ),
    ).rejects.toThrow(/than was sent|were acknow/);
  });
});

describe("Iggy's own HTTP API", () => {
  /** Enough of it for a bench: every third send is refused, and `kept` of each other one are kept. */
  async function imitation(kept: number): Promise<IggyHttpApi> {
    let sends = 0;
    let messages = 0;
    const { port } = await serve((request, response) => {
      request.resume().on('end', () => {
        const isSend = request.method === 'POST' && request.url?.endsWith('/messages');
        if (isSend) sends += 1;
        const status = isSend && sends % 3 === 0 ? 429 : 201;
        if (isSend && status === 201) messages += kept;
        const body = JSON.stringify({ access_token: { token: 't' }, messages_count: messages });
        response.writeHead(status, { 'Content-Length': body.length }).end(body);
      });
    });
    return IggyHttpApi.start({ url: `http://127.0.0.1:${port}`, user: 'u', password: 'p' });
  }
  const job = { connections: 2, seconds: 0.1 };

  test('is counted by what it accepts', async () => {
    const { answers, refused } = await (await imitation(5)).send(runLoad, 5, 300, job);
    expect(refused).toBe(Math.floor((answers + refused) / 3));
  });

  test('is held to it, too', async () => {
    await expect((await imitation(4)).send(runLoad, 5, 300, job)).rejects.toThrow(/were added/);
  });
});

describe('numbers', () => {
  test('ratios are taken within a round, before their median', () => {
    const samples = new Samples();
    for (const [ours, bare] of [
      [1, 2],
      [30, 40],
      [100, 100],
    ] as const) {
      samples.add('ours', { rate: ours });
      samples.add('bare', { rate: bare });
    }
    expect(samples.ratio('ours', 'bare', 'rate')).toEqual({ middle: 0.75, low: 0.5, high: 1 });
  });

  test('a growth is seen through outliers, and outliers are no growth', () => {
    const at = (y: number, x: number) => ({ x, y });
    expect(slope([1, 2, 3, 90, 5, 6, 7].map(at))).toBe(1);
    expect(slope([5, 5, 90, 5, 5, 1, 5].map(at))).toBe(0);
  });

  test('a goal without a number is not met', () => {
    const goals = [
      { what: 'a', measured: 0.5, atLeast: 0.5 },
      { what: 'b', measured: 1.21, atMost: 1.2 },
      { what: 'c', measured: Number.NaN, atLeast: 0 },
    ];
    expect(verdicts(goals).match(/pass|FAIL/g)).toEqual(['pass', 'FAIL', 'FAIL']);
  });

  test.each([[['x', '--rounds', '0']], [['x', '--seconds', 'many']], [['x', '--sekonds', '1']]])(
    'arguments that make no sense are refused: %j',
    (args) => {
      expect(readArguments(args)).toBeUndefined();
    },
  );
});

async function serve(listener: RequestListener): Promise<Target> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, headers: {} };
}
