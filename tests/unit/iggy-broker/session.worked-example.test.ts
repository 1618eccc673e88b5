import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import {
  commands,
  decodeBody,
  FrameDecoder,
  Operation,
  readRecords,
  type ServerFrame,
} from '../../../src/iggy-protocol/index.ts';
import { serverFrame } from '../../support/broker-client.ts';
import { InProcessBroker } from '../../support/start-broker.ts';

interface Step {
  step: number;
  title: string;
  from: 'client' | 'server';
  hex: string;
}

// Our own file: iggy-vsr-0.11 §11, the frames of an official client and what it took for an answer.
const STEPS = JSON.parse(
  readFileSync(new URL('./vectors/worked-example.json', import.meta.url), 'utf8'),
) as Step[];

const frameOf = ({ hex }: Step): Buffer => Buffer.from(hex, 'hex');
const CLIENT_ID = frameOf(STEPS[0] as Step).subarray(128, 144);

/** When the example's server did what this reply tells of; 0 where it does not say. */
function timeOf(reply: ServerFrame): bigint {
  if (reply.kind !== 'reply') return 0n;
  const { header, body } = reply;
  if (header.operation === Operation.CreateStream && body.length > 12) {
    return decodeBody(commands.createStream.response, body.subarray(4)).createdAt;
  }
  if (header.operation === Operation.CreateTopicWithAssignments) {
    return decodeBody(commands.createTopic.response, body.subarray(4)).topic.createdAt;
  }
  return 0n;
}

/** The message's time shows only in the poll that reads it back. */
function sendTime(): bigint {
  const poll = serverFrame(frameOf(STEPS[13] as Step));
  if (poll.kind !== 'reply') throw new Error('step 14 is no reply');
  const { records } = decodeBody(commands.pollMessages.response, poll.body);
  return readRecords(records)[0]?.timestamp ?? 0n;
}

/** Both fields say when and where the example was made, and nothing about the protocol. */
function comparable(frame: ServerFrame, step: number): unknown {
  if (frame.kind === 'eviction') return frame;
  const header = { ...frame.header, timestamp: 0n };
  if (step !== 6) return { header, body: frame.body.toString('hex') };
  const metadata = decodeBody(commands.getClusterMetadata.response, frame.body);
  const nodes = metadata.nodes.map((node) => ({ ...node, quic: 0, http: 0, websocket: 0 }));
  return { header, metadata: { ...metadata, nodes } };
}

test('the worked example of the specification is answered as it says, to the byte', () => {
  const broker = new InProcessBroker();
  const client = broker.connect();

  for (let index = 0; index < STEPS.length; index += 2) {
    const [request, expected] = STEPS.slice(index, index + 2) as [Step, Step];
    const reply = serverFrame(frameOf(expected));
    broker.nowMicros = (request.step === 11 ? sendTime() : timeOf(reply)) || broker.nowMicros;

    const answer = serverFrame(client.answer(frameOf(request)));

    expect(comparable(answer, expected.step), request.title).toEqual(
      comparable(reply, expected.step),
    );
  }
});

test('the same session in one go, cut anywhere, gets the same answers in the same order', () => {
  const requests = STEPS.filter(({ from }) => from === 'client').map(frameOf);
  const bytes = Buffer.concat(requests);
  const inLockstep = answersTo(requests);

  for (const cutEvery of [1, 7, 255, 256, 257, 1000, bytes.length]) {
    const chunks = [];
    for (let at = 0; at < bytes.length; at += cutEvery) {
      chunks.push(bytes.subarray(at, at + cutEvery));
    }
    expect(answersTo(chunks).equals(inLockstep), `cut every ${cutEvery}`).toBe(true);
  }
});

function answersTo(chunks: readonly Buffer[]): Buffer {
  const client = new InProcessBroker().connect(CLIENT_ID.readBigUInt64LE());
  const answers = chunks.flatMap((chunk) => client.exchange(chunk));
  const frames = answers.map((outgoing) =>
    'bytes' in outgoing ? outgoing.bytes : Buffer.alloc(0),
  );
  let count = 0;
  new FrameDecoder(1 << 20).push(Buffer.concat(frames), () => (count += 1));
  expect(count).toBe(11);
  return Buffer.concat(frames);
}
