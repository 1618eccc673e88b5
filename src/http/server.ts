import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';

import { type ErrorCode, GatewayError } from '../errors.ts';
import { PROBLEM_TYPE, toProblem } from './problem.ts';

/** How long a client may take for the headers of one request. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that take too long; its default is 30 s. */
const TIMEOUT_CHECK_INTERVAL_MS = 1000;
/** Room for our own body deadline, and for the answer to it, before Node's comes in between. */
const BODY_GRACE_MS = 5000;
const HEADER_BYTES_MAX = 16 * 1024;

export interface HttpServerOptions {
  keepAliveTimeoutMs: number;
  bodyTimeoutMs: number;
}

/**
 * A server that answers in our own shape even what never reaches the application: malformed HTTP,
 * huge headers, CONNECT, an expectation nobody knows (http-contract §8).
 */
export function createHttpServer(listener: RequestListener, options: HttpServerOptions): Server {
  const server = createServer({
    // Checked by our own middleware, so that the answer has our shape.
    requireHostHeader: false,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS + options.bodyTimeoutMs + BODY_GRACE_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
  });
  const answers = new OpenAnswers();
  const take: RequestListener = (request, response) => {
    answers.add(request, response);
    listener(request, response);
  };
  server.on('request', take);
  // The gates come first; the body reader asks for the body once it is wanted.
  server.on('checkContinue', take);
  server.on('checkExpectation', (_request, response) => {
    const problem = rawProblem('expectation_failed', 'Only the expectation 100-continue is known');
    response.writeHead(problem.status, problem.headers).end(problem.body);
  });
  server.on('connect', (_request, socket) => {
    endWithProblem(socket, 'method_not_allowed', 'CONNECT is not known here');
  });
  server.on('clientError', (error, socket) => answerClientError(error, socket, answers));
  return server;
}

/** A socket before, or instead of, an answer on it. */
interface RawConnection {
  readonly writable: boolean;
  destroy(): unknown;
  end(text: string): unknown;
}

interface ParserError extends Error {
  code?: string;
  /** What the parser was looking at. */
  rawPacket?: Buffer;
}

const HEADERS_TOO_LARGE = `The headers have over ${HEADER_BYTES_MAX} bytes`;

/** What Node's parser refuses, by its codes; whatever is not here is simply no HTTP. */
const PARSER_PROBLEMS = new Map<string | undefined, readonly [ErrorCode, string]>([
  ['HPE_HEADER_OVERFLOW', ['headers_too_large', HEADERS_TOO_LARGE]],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['headers_too_large', HEADERS_TOO_LARGE]],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['request_timeout', 'The request did not arrive in time']],
]);

function answerClientError(error: ParserError, socket: RawConnection, answers: OpenAnswers): void {
  // Nothing may be written into an answer that has begun, or to a client that is gone.
  if (!socket.writable || error.code === 'ECONNRESET' || answers.hasBegun(socket)) {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(String(error.rawPacket))) {
    endWithProblem(socket, 'method_not_allowed', 'The method is not known here');
    return;
  }
  const [code, message] = PARSER_PROBLEMS.get(error.code) ?? [
    'bad_request',
    'The request is not valid HTTP',
  ];
  endWithProblem(socket, code, message);
}

/** Tells a request with a method that Node does not know from what is no HTTP at all. */
const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.[01]\r?\n/;

/** The answers that are not finished, by their connection. */
class OpenAnswers {
  readonly #answers = new WeakMap<object, Set<ServerResponse>>();

  add({ socket }: IncomingMessage, answer: ServerResponse): void {
    const open = this.#answers.get(socket) ?? new Set();
    this.#answers.set(socket, open.add(answer));
    answer.once('close', () => open.delete(answer));
  }

  hasBegun(socket: RawConnection): boolean {
    return [...(this.#answers.get(socket) ?? [])].some(({ headersSent }) => headersSent);
  }
}

function endWithProblem(socket: RawConnection, code: ErrorCode, message: string): void {
  const { status, headers, body } = rawProblem(code, message);
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}

/** What some path knows; which one was asked for is not known here. */
const KNOWN_METHODS = 'DELETE, GET, HEAD, OPTIONS, POST';

/** A problem for a request that has no context, and no id yet. */
function rawProblem(code: ErrorCode, message: string) {
  const requestId = crypto.randomUUID();
  const problem = toProblem(new GatewayError(code, message), requestId);
  const body = JSON.stringify(problem);
  const headers = {
    ...(code === 'method_not_allowed' && { Allow: KNOWN_METHODS }),
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  return { status: problem.status, headers, body };
}

/** Binds the server and returns the port it got. Rejects with the system's error if it cannot. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
