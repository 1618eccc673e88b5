import { DatabaseSync, type StatementSync } from 'node:sqlite';

import {
  BEFORE_FIRST_PAGE,
  CONNECTION_SETTINGS,
  SCHEMA,
} from '../src/iggy-broker/sqlite-schema.ts';
import { answerQuestions } from './answer-questions.ts';
import { prepareBatch, type PreparedBatch } from './bare-sender.ts';
import { APPENDED_BYTES_MAX, type LogJob, type LogReport, timed } from './log-jobs.ts';
import { eventText } from './requests.ts';

export interface BareLogJob extends LogJob {
  readonly file: string;
}

interface Log {
  readonly database: DatabaseSync;
  readonly insert: StatementSync;
  readonly select: StatementSync;
}

let log: Log | undefined;
/** Of the last job that appended: the key of its first partition, and how many batches each one has. */
let firstKey = 0;
let batches: number[] = [];

/** The broker's own file, by its own settings. */
function open(file: string): Log {
  const database = new DatabaseSync(file);
  database.exec(`${BEFORE_FIRST_PAGE}; ${CONNECTION_SETTINGS}; BEGIN; ${SCHEMA}; COMMIT`);
  const insert = database.prepare('INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const select = database.prepare(
    'SELECT bytes FROM batches WHERE partition_key = ? AND base_offset = ?',
  );
  return { database, insert, select };
}

function run(job: BareLogJob): Promise<LogReport> {
  log ??= open(job.file);
  const opened = log;
  const batch = prepareBatch(job.messagesEach, Buffer.from(eventText('', job.payloadBytes)));
  return timed(job.seconds, (goOn) =>
    job.what === 'append' ? append(opened, job, batch, goOn) : poll(opened, batch, goOn),
  );
}

/** One batch for each connection, and a transaction around them: as much as the broker may have before it must answer. */
function append(
  { database, insert }: Log,
  { connections }: LogJob,
  { bytes, count }: PreparedBatch,
  goOn: () => boolean,
): number {
  const [client, request] = [Buffer.alloc(16, 1), Buffer.alloc(8, 1)];
  firstKey += batches.length;
  let each = 0;
  do {
    database.exec('BEGIN IMMEDIATE');
    for (let index = 0; index < connections; index += 1) {
      const [key, offset, end] = [firstKey + index, each * count, (each + 1) * bytes.length];
      insert.run(key, offset, count, Date.now() * 1000, end, client, request, bytes);
    }
    database.exec('COMMIT');
    each += 1;
  } while (goOn() && each * connections * bytes.length < APPENDED_BYTES_MAX);
  batches = Array.from({ length: connections }, () => each);
  return each * connections * count;
}

/** Page by page, one of each partition in turn. */
function poll({ select }: Log, { bytes, count }: PreparedBatch, goOn: () => boolean): number {
  let rounds = 0;
  const each = batches[0] ?? 0;
  do {
    for (const index of batches.keys()) {
      const row = select.get(firstKey + index, (rounds % each) * count);
      if (!(row?.['bytes'] instanceof Uint8Array) || row['bytes'].length !== bytes.length) {
        throw new Error('what was written is not there');
      }
    }
    rounds += 1;
  } while (rounds < each || goOn());
  return rounds * batches.length * count;
}

/** Started by broker-log.ts. */
answerQuestions(run);
