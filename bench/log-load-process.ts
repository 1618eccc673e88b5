import { answerQuestions } from './answer-questions.ts';
import { BarePoller } from './bare-poller.ts';
import { BareSender, prepareBatch, type PreparedBatch } from './bare-sender.ts';
import type { Place } from './broker-view.ts';
import { APPENDED_BYTES_MAX, type LogJob, type LogReport, timed } from './log-jobs.ts';
import { eventText } from './requests.ts';

export interface LogLoadJob extends LogJob {
  readonly connectionString: string;
  /** With a partition for each connection. */
  readonly place: Place;
}

/** Of each partition, by the last job that appended: how many batches were acknowledged. */
let acknowledged: number[] = [];

function run(job: LogLoadJob): Promise<LogReport> {
  const batch = prepareBatch(job.messagesEach, Buffer.from(eventText('', job.payloadBytes)));
  return job.what === 'append' ? append(job, batch) : poll(job, batch);
}

async function append(job: LogLoadJob, batch: PreparedBatch): Promise<LogReport> {
  const { connectionString, place, connections } = job;
  acknowledged = Array.from({ length: connections }, () => 0);
  const senders = await Promise.all(
    acknowledged.map((_, index) => BareSender.open(connectionString, place, index, batch)),
  );
  const report = await timed(job.seconds, async (goOn) => {
    let batches = 0;
    const isWanted = () => goOn() && batches * batch.bytes.length < APPENDED_BYTES_MAX;
    const sends = senders.map((sender, index) =>
      sender.send(isWanted, () => {
        batches += 1;
        acknowledged[index] = (acknowledged[index] ?? 0) + 1;
      }),
    );
    await Promise.all(sends);
    return batches * batch.count;
  });
  for (const sender of senders) sender.close();
  return report;
}

/** Everything that was appended, at least once. */
async function poll(job: LogLoadJob, batch: PreparedBatch): Promise<LogReport> {
  const { connectionString, place, seconds } = job;
  const pollers = await Promise.all(
    acknowledged.map((batches, index) =>
      BarePoller.open(connectionString, place, index, batch, batches),
    ),
  );
  const report = await timed(seconds, async (goOn) => {
    let pages = 0;
    await Promise.all(pollers.map((poller) => poller.poll(goOn, () => (pages += 1))));
    return pages * batch.count;
  });
  for (const poller of pollers) poller.close();
  return report;
}

/** Started by broker-log.ts. */
answerQuestions(run);
