import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answerQuestions } from './answer-questions.ts';

export interface BareReport {
  readonly port: number;
  /** How many POSTs it has answered. */
  readonly posts: number;
  /** CPU time of the process so far. */
  readonly cpuMicros: number;
}

/** What GET answers, by path: whatever was PUT there. */
const stored = new Map<string, Buffer>();
let posts = 0;

/** The least that node:http can do: JSON is parsed and acknowledged, bytes are handed out. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  if (request.method === 'GET') {
    answer(response, 200, stored.get(path) ?? Buffer.alloc(0));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.method === 'PUT') {
      stored.set(path, body);
    } else {
      JSON.parse(body.toString());
      posts += 1;
    }
    answer(response, 201, Buffer.from('{"success":true}'));
  });
}

function answer(response: ServerResponse, status: number, body: Buffer): void {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
  response.writeHead(status, headers).end(body);
}

const server = createServer(serve);
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});

/** Started by bare.ts. */
answerQuestions(async (): Promise<BareReport> => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const { user, system } = process.cpuUsage();
  return { port, posts, cpuMicros: user + system };
});
