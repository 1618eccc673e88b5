import { connect, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

import { problemFaults } from './check-answer.ts';

/** A connection on which a test writes what no HTTP client would. */
export interface RawConnection {
  socket: Socket;
  write(text: string): void;
  /** Everything received once the text matches. Rejects if the other side closes before. */
  received(pattern: RegExp): Promise<string>;
  /** Everything received so far. */
  text(): string;
  /** Everything received until the other side has closed. */
  closed: Promise<string>;
}

export function openRaw(port: number): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    const closed = new Promise<string>((settle) => {
      socket.on('close', () => settle(text));
    });
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += String(chunk);
      socket.emit('text');
    });
    socket.on('error', reject);
    onTestFinished(() => {
      socket.destroy();
    });
    const received = (pattern: RegExp): Promise<string> =>
      new Promise((found, missing) => {
        const look = (): void => {
          if (pattern.test(text)) found(text);
        };
        socket.on('text', look);
        socket.once('close', () => missing(new Error(`closed after ${JSON.stringify(text)}`)));
        look();
      });
    socket.once('connect', () =>
      resolve({
        socket,
        write: (part) => socket.write(part, 'latin1'),
        received,
        closed,
        text: () => text,
      }),
    );
  });
}

/** The JSON body of the last answer in what was received. If it is a refusal it must be a problem. */
export function lastBody(text: string): unknown {
  const bodyAt = text.lastIndexOf('\r\n\r\n') + 4;
  const headAt = text.lastIndexOf('HTTP/1.1 ', bodyAt);
  const [, status = ''] = /^HTTP\/1\.1 (\d{3})/.exec(text.slice(headAt)) ?? [];
  const body = text.slice(bodyAt);
  if (Number(status) >= 400) {
    const [, type = null] = /\r\nContent-Type: ([^\r]*)/i.exec(text.slice(headAt, bodyAt)) ?? [];
    const faults = problemFaults(Number(status), type, Buffer.from(body, 'latin1'));
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${text.slice(headAt)}`);
  }
  return JSON.parse(body);
}
