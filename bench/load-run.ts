import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

import { type Answer, AnswerReader } from './answers.ts';
import { type PreparedRequests, type Target, writeNumber } from './requests.ts';

export interface LoadJob {
  readonly target: Target;
  readonly requests: PreparedRequests;
  readonly connections: number;
  readonly seconds: number;
  /**
   * Requests a second, on a schedule that does not wait for answers; the time a request has waited for a
   * free connection counts as its own. Absent: every connection sends as soon as it has been answered.
   */
  readonly ratePerSec?: number;
  /** A status besides 2xx that is no fault: the server says that it has not accepted the request. */
  readonly refusal?: number;
  /** The least bytes of a body that is right; absent: any. */
  readonly bodyBytesMin?: number;
}

export interface LoadResult {
  /** 2xx within `seconds`; what came later, while the last answers were awaited, is not among them. */
  readonly answersInTime: number;
  readonly seconds: number;
  /** All 2xx. */
  readonly answers: number;
  /** How often `refusal` was the answer. */
  readonly refused: number;
  /** Numbers from 1 to this one were sent, each once. */
  readonly numbers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The share of the time in which this generator had something to do: near 1, it is itself what was measured. */
  readonly busy: number;
}

/** How long the last answers may take. */
const DRAIN_MS_MAX = 30_000;
const MICROS_MAX = 3_600_000_000;

/** @throws Error on the first answer that is neither 2xx nor the permitted refusal. */
export function runLoad(job: LoadJob): Promise<LoadResult> {
  return new LoadRun(job).result;
}

class LoadRun {
  readonly result: Promise<LoadResult>;
  readonly #job: LoadJob;
  readonly #latencies = createHistogram({ lowest: 1, highest: MICROS_MAX, figures: 3 });
  readonly #done = Promise.withResolvers<LoadResult>();
  readonly #all: HttpConnection[] = [];
  /** Connections without a request, where requests follow a schedule. */
  readonly #idle: HttpConnection[] = [];
  #startMs = 0;
  /** When the turn of the event loop began that is now. */
  #turnMs = 0;
  /** Whether anything was sent or answered in it. */
  #worked = false;
  #idleMs = 0;
  #sent = 0;
  #underWay = 0;
  #numbers = 0;
  #answers = 0;
  #answersInTime = 0;
  #refused = 0;
  #settled = false;
  /** Of a schedule: nothing of it is left. */
  #allSent: boolean;
  readonly #watchdog: NodeJS.Timeout;

  constructor(job: LoadJob) {
    this.#job = job;
    this.#allSent = job.ratePerSec === undefined;
    this.#watchdog = setTimeout(
      () => this.#fail(new Error(`${this.#underWay} answers did not come`)),
      job.seconds * 1000 + DRAIN_MS_MAX,
    );
    this.result = this.#done.promise;
    void this.#begin().catch((error: unknown) => this.#fail(error));
  }

  async #begin(): Promise<void> {
    const { connections } = this.#job;
    for (let count = 0; count < connections; count += 1) this.#all.push(this.#newConnection(count));
    await Promise.all(this.#all.map(({ opened }) => opened));
    this.#startMs = performance.now();
    this.#turnMs = this.#startMs;
    if (this.#job.ratePerSec === undefined) {
      for (const connection of this.#all) this.#send(connection, this.#startMs);
    } else {
      this.#idle.push(...this.#all);
    }
    this.#spin();
  }

  #newConnection(index: number): HttpConnection {
    return new HttpConnection(this.#job, index, {
      received: () => (this.#worked = true),
      answered: (connection, answer) => this.#take(connection, answer),
      failed: (error) => this.#fail(error),
    });
  }

  get #endMs(): number {
    return this.#startMs + this.#job.seconds * 1000;
  }

  #send(connection: HttpConnection, dueMs: number): void {
    const { numbersAt } = this.#job.requests;
    this.#worked = true;
    this.#underWay += 1;
    this.#sent += 1;
    connection.send(dueMs, this.#numbers + 1);
    this.#numbers += numbersAt.length;
  }

  /**
   * Never sleeps. A server whose answer meets a sleeping CPU has to wake it, which on a virtual one takes as long
   * as half of the answer; the slower a server, the more often it would pay. A timer of a schedule would be late, too.
   */
  #spin(): void {
    if (this.#settled) return;
    const nowMs = performance.now();
    if (!this.#worked) this.#idleMs += nowMs - this.#turnMs;
    this.#worked = false;
    this.#turnMs = nowMs;
    if (this.#job.ratePerSec !== undefined) this.#keepSchedule(this.#job.ratePerSec, nowMs);
    setImmediate(() => this.#spin());
  }

  #keepSchedule(ratePerSec: number, nowMs: number): void {
    const msEach = 1000 / ratePerSec;
    const due = Math.min(nowMs, this.#endMs);
    for (
      let dueMs = this.#startMs + this.#sent * msEach;
      dueMs < due;
      dueMs = this.#startMs + this.#sent * msEach
    ) {
      const connection = this.#idle.pop();
      if (connection === undefined) break;
      this.#send(connection, dueMs);
    }
    if (nowMs < this.#endMs || this.#startMs + this.#sent * msEach < this.#endMs) return;
    this.#allSent = true;
    this.#endIfDrained(nowMs);
  }

  #take(connection: HttpConnection, answer: Answer): void {
    const nowMs = performance.now();
    this.#underWay -= 1;
    this.#judge(answer, connection, nowMs);
    if (this.#settled) return;
    if (this.#job.ratePerSec !== undefined) this.#idle.push(connection);
    else if (nowMs < this.#endMs) this.#send(connection, nowMs);
    this.#endIfDrained(nowMs);
  }

  #judge({ status, bodyBytes, opening }: Answer, { dueMs }: HttpConnection, nowMs: number): void {
    const { refusal, bodyBytesMin = 0 } = this.#job;
    if (status === refusal) {
      this.#refused += 1;
      return;
    }
    if (status < 200 || status > 299 || bodyBytes < bodyBytesMin) {
      const text = opening.toString('utf8', 0, 500);
      this.#fail(new Error(`an answer ${status} with ${bodyBytes} bytes: ${text}`));
      return;
    }
    this.#answers += 1;
    if (nowMs <= this.#endMs) this.#answersInTime += 1;
    this.#latencies.record(Math.max(1, Math.round((nowMs - dueMs) * 1000)));
  }

  #endIfDrained(nowMs: number): void {
    if (this.#underWay > 0 || nowMs < this.#endMs || !this.#allSent || this.#settled) return;
    const latencyMs = (percentile: number): number => this.#latencies.percentile(percentile) / 1000;
    this.#settle();
    this.#done.resolve({
      answersInTime: this.#answersInTime,
      seconds: this.#job.seconds,
      answers: this.#answers,
      refused: this.#refused,
      numbers: this.#numbers,
      p50Ms: latencyMs(50),
      p99Ms: latencyMs(99),
      maxMs: this.#latencies.max / 1000,
      busy: 1 - this.#idleMs / (nowMs - this.#startMs),
    });
  }

  #fail(error: unknown): void {
    this.#settle();
    this.#done.reject(error);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#watchdog);
    for (const connection of this.#all) connection.close();
  }
}

interface ConnectionListener {
  /** Bytes, whether they end an answer or not. */
  received(): void;
  answered(connection: HttpConnection, answer: Answer): void;
  failed(error: Error): void;
}

/** One kept-alive connection with one request at a time. */
class HttpConnection {
  readonly opened: Promise<void>;
  /** When the request that is out ought to have been sent. */
  dueMs = 0;
  readonly #numbersAt: readonly number[];
  /** Its own copies: a number is written into them before each use. */
  readonly #requests: readonly Buffer[];
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  #turn: number;

  constructor({ target, requests }: LoadJob, index: number, listener: ConnectionListener) {
    this.#requests = requests.texts.map((text) => Buffer.from(text, 'latin1'));
    this.#numbersAt = requests.numbersAt;
    this.#turn = index;
    const opened = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.#socket = connect({ host: target.host, port: target.port, noDelay: true });
    this.#socket.once('connect', () => opened.resolve());
    this.#socket.on('data', (chunk: Buffer) => {
      listener.received();
      try {
        const answer = this.#reader.push(chunk);
        if (answer !== undefined) listener.answered(this, answer);
      } catch (error) {
        listener.failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
    const lost = (cause?: Error): void => {
      const error = new Error('the server hung up', { cause });
      opened.reject(error);
      listener.failed(error);
    };
    this.#socket.once('error', lost);
    this.#socket.once('end', lost);
  }

  send(dueMs: number, firstNumber: number): void {
    this.dueMs = dueMs;
    const request = this.#requests[this.#turn % this.#requests.length];
    this.#turn += 1;
    if (request === undefined) throw new Error('there is no request to send');
    let number = firstNumber;
    for (const at of this.#numbersAt) {
      writeNumber(request, at, number);
      number += 1;
    }
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }
}
