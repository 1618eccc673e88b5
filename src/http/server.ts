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
import { chooseRequestId } from './request-id.ts';

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
  headersTimeoutMs?: number;
  /** Told of every request that is refused here: the application never hears of it. */
  onRefused?: (refusal: RawRefusal) => void;
}

interface RawRefusal {
  code: ErrorCode;
  status: number;
  requestId: string;
}

/**
 * A server that answers in our own shape even what never reaches the application: malformed HTTP,
 * huge headers, CONNECT, an expectation nobody knows (http-contract §8).
 */
export function createHttpServer(listener: RequestListener, options: HttpServerOptions): Server {
  const { headersTimeoutMs = HEADERS_TIMEOUT_MS } = options;
  const server = createServer({
    // Checked by our own middleware, so that the answer has our shape.
    requireHostHeader: false,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs + options.bodyTimeoutMs + BODY_GRACE_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
  });
  const answers = new OpenAnswers();
  const refuse: Refuse = (code, message, request) => {
    const problem = rawProblem(code, message, request);
    options.onRefused?.({ code, status: problem.status, requestId: problem.requestId });
    return problem;
  };
  const take: RequestListener = (request, response) => {
    answers.add(request, response);
    const target = originForm(request.url ?? '');
    if (target === undefined) {
      const problem = refuse('bad_request', 'The target of the request is no URL', request);
      response.writeHead(problem.status, problem.headers).end(problem.body);
      return;
    }
    request.url = target;
    listener(request, response);
  };
  server.on('request', take);
  // The gates come first; the body reader asks for the body once it is wanted.
  server.on('checkContinue', take);
  // What cannot be met is refused by our own middleware, so that the answer has our shape.
  server.on('checkExpectation', take);
  server.on('connect', (request, socket) => {
    // Node has taken its own hands off the socket: an error on it would end the process.
    socket.on('error', () => socket.destroy());
    const problem = refuse('method_not_allowed', 'CONNECT is not known here', request);
    endWithProblem(socket, problem);
  });
  server.on('clientError', (error, socket) => answerClientError(error, socket, answers, refuse));
  return server;
}

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]+([^#]*)/i;

/**
 * The path and query of a target, which may name the host as well (RFC 9112 §3.2.2). The router would
 * fail on a host that is none. A fragment is no part of a target, and Koa would look for a host in a path
 * that has one: `//a@b/health#` would be `/health`, and `//a@b#` no path at all.
 */
function originForm(target: string): string | undefined {
  if (target.startsWith('/') || target === '*') return target.split('#', 1)[0];
  const [, rest] = (URL.canParse(target) && ABSOLUTE_FORM.exec(target)) || [];
  return rest === undefined || rest.startsWith('/') ? rest : `/${rest}`;
}

/** A socket before, or instead of, an answer on it. */
interface RawConnection {
  readonly writable: boolean;
  destroy(): unknown;
  end(text: string): unknown;
}

interface ParserError extends Error {
  code?: string;
  /** What the parser was looking at, and how much of it was fine. */
  rawPacket?: Buffer;
  bytesParsed?: number;
}

const HEADERS_TOO_LARGE = `The headers have over ${HEADER_BYTES_MAX} bytes`;

/** What Node's parser refuses, by its codes; whatever is not here is simply no HTTP. */
const PARSER_PROBLEMS = new Map<string | undefined, readonly [ErrorCode, string]>([
  ['HPE_HEADER_OVERFLOW', ['headers_too_large', HEADERS_TOO_LARGE]],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['headers_too_large', HEADERS_TOO_LARGE]],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['request_timeout', 'The request did not arrive in time']],
]);

/** What follows on a connection whose bytes are no HTTP any more. */
function answerClientError(
  error: ParserError,
  socket: RawConnection,
  answers: OpenAnswers,
  refuse: Refuse,
): void {
  // Nothing may be written into an answer that has begun, or to a client that is gone.
  if (!socket.writable || error.code === 'ECONNRESET' || answers.hasBegun(socket)) {
    socket.destroy();
    return;
  }
  // A refusal now would be taken for the answer to an earlier request, which may yet be carried out.
  if (answers.closeAfterLast(socket)) return;
  if (error.code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(faultyLine(error))) {
    endWithProblem(socket, refuse('method_not_allowed', 'The method is not known here'));
    return;
  }
  const [code, message] = PARSER_PROBLEMS.get(error.code) ?? [
    'bad_request',
    'The request is not valid HTTP',
  ];
  endWithProblem(socket, refuse(code, message));
}

/** Tells a request with a method that Node does not know from what is no HTTP at all. */
const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.[01]\r?\n/;

/** From the start of the line at which the parser stopped: other requests may stand before it. */
function faultyLine({ rawPacket = Buffer.alloc(0), bytesParsed = 0 }: ParserError): string {
  const start = bytesParsed > 0 ? rawPacket.lastIndexOf('\n', bytesParsed - 1) + 1 : 0;
  return rawPacket.toString('latin1', start);
}

interface OpenAnswer {
  request: IncomingMessage;
  response: ServerResponse;
}

/** The answers that are not finished, by their connection, in the order of their requests. */
class OpenAnswers {
  readonly #answers = new WeakMap<object, OpenAnswer[]>();

  add(request: IncomingMessage, response: ServerResponse): void {
    let open = this.#answers.get(request.socket);
    if (open === undefined) this.#answers.set(request.socket, (open = []));
    open.push({ request, response });
    // They end in the order of their requests. An idle connection keeps none of them.
    response.on('close', () => {
      while (open[0]?.response.closed) open.shift();
    });
  }

  hasBegun(socket: RawConnection): boolean {
    return this.#open(socket).some(({ response }) => response.headersSent);
  }

  /** Closes the connection behind the last answer to a whole request, and says if there is one. */
  closeAfterLast(socket: RawConnection): boolean {
    const last = this.#open(socket).findLast(({ request }) => request.complete);
    if (last) last.response.shouldKeepAlive = false;
    return last !== undefined;
  }

  #open(socket: RawConnection): readonly OpenAnswer[] {
    const answers = this.#answers.get(socket) ?? [];
    return answers.filter(({ response }) => !response.closed);
  }
}

function endWithProblem(socket: RawConnection, problem: RawProblem): void {
  const { status, headers, body } = problem;
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}

/** What some path knows; which one was asked for is not known here. */
const KNOWN_METHODS = 'DELETE, GET, HEAD, OPTIONS, POST, PUT';

interface RawProblem {
  status: number;
  requestId: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

type Refuse = (code: ErrorCode, message: string, request?: IncomingMessage) => RawProblem;

/** A problem for a request that never gets a context, or of which nothing is known at all. */
function rawProblem(code: ErrorCode, message: string, request?: IncomingMessage): RawProblem {
  const requestId = chooseRequestId(String(request?.headers['x-request-id'] ?? ''));
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
  return { status: problem.status, requestId, headers, body };
}

/** Binds the server and returns the port it got. Rejects with the system's error if it cannot. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Later errors are connections that could not be accepted; the next one may succeed.
    server.on('error', reject);
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
