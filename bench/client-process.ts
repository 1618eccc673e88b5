import { BareSender, prepareBatch } from './bare-sender.ts';
import { tuneHeap } from '../src/utils/heap.ts';
import { BrokerView, patience, type Place } from './broker-view.ts';
import { eventText } from './requests.ts';
import { answerQuestions } from './answer-questions.ts';

export interface SendJob {
  readonly who: 'client' | 'bare';
  readonly connectionString: string;
  readonly place: Place;
  /** Of the client, each with one send at a time; the bare loop has one for each of its sockets. */
  readonly callers: number;
  readonly sockets: number;
  readonly messagesEach: number;
  readonly payloadBytes: number;
  readonly seconds: number;
}

export interface SendReport {
  readonly messages: number;
  readonly messagesInTime: number;
  readonly cpuMicros: number;
}

/** Whoever sends: stored `messagesEach` more. */
type Stored = () => void;

tuneHeap();
let view: BrokerView | undefined;

async function run(job: SendJob): Promise<SendReport> {
  const payload = Buffer.from(eventText('', job.payloadBytes));
  const send = job.who === 'client' ? sendByClient(job, payload) : await sendBare(job, payload);
  const endMs = performance.now() + job.seconds * 1000;
  let messages = 0;
  let messagesInTime = 0;
  const cpu = process.cpuUsage();
  await send(
    () => performance.now() < endMs,
    () => {
      messages += job.messagesEach;
      if (performance.now() <= endMs) messagesInTime += job.messagesEach;
    },
  );
  const { user, system } = process.cpuUsage(cpu);
  return { messages, messagesInTime, cpuMicros: user + system };
}

type Sending = (goOn: () => boolean, stored: Stored) => Promise<void>;

function sendByClient(job: SendJob, payload: Buffer): Sending {
  const { client } = (view ??= new BrokerView(job.connectionString));
  const partitioning = { kind: 'balanced' } as const;
  let id = 0n;
  const newMessage = () => {
    id += 1n;
    return { id, originTimestampMicros: 1n, payload };
  };
  return async (goOn, stored) => {
    const call = patience();
    const callers = Array.from({ length: job.callers }, async () => {
      do {
        const messages = Array.from({ length: job.messagesEach }, newMessage);
        await client.send({ ...job.place, partitioning, messages }, call);
        stored();
      } while (goOn());
    });
    await Promise.all(callers);
  };
}

async function sendBare(job: SendJob, payload: Buffer): Promise<Sending> {
  const { connectionString, place, sockets } = job;
  const batch = prepareBatch(job.messagesEach, payload);
  const senders = await Promise.all(
    Array.from({ length: sockets }, (_, index) =>
      BareSender.open(connectionString, place, index % place.partitionsCount, batch),
    ),
  );
  return async (goOn, stored) => {
    await Promise.all(senders.map((sender) => sender.send(goOn, stored)));
    for (const sender of senders) sender.close();
  };
}

/** Started by client.ts. */
answerQuestions(run);
