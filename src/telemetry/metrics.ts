/** What the program tells of itself in numbers. Prometheus stands behind it, or nobody. */
export interface Metrics {
  requestStarted(): void;
  requestEnded(request: EndedRequest): void;
  /** A request ended in a problem with this code of the closed table. */
  refused(code: string): void;
  sendEnded(send: EndedSend): void;
  pollEnded(poll: EndedPoll): void;
  /** A request with so many messages was written to the broker. */
  batchSent(messages: number): void;
  /** The broker is there, for the first time or again. */
  connected(): void;
  disconnected(): void;
  circuitChanged(state: CircuitState): void;
  /** A call to the broker was refused by the circuit breaker, in this state. */
  circuitRejected(state: Exclude<CircuitState, 'closed'>): void;
}

export type CircuitState = 'closed' | 'open' | 'half_open';

interface EndedRequest {
  method: string;
  /** The route's pattern, never the path; absent if no route was reached. */
  route: string | undefined;
  status: number;
  ms: number;
  /** The client went away before it had its answer. */
  aborted: boolean;
  /** It was cut off, because it took nothing of its answer for too long. */
  stalled: boolean;
}

/** - `unknown`: nobody can say whether it happened. */
type Outcome = 'success' | 'error' | 'unknown';

interface EndedSend {
  stream: string;
  topic: string;
  messages: number;
  outcome: Outcome;
  ms: number;
}

interface EndedPoll {
  stream: string;
  topic: string;
  /** Handed out; 0 if it failed. */
  messages: number;
  outcome: Outcome;
  ms: number;
}

/** Nobody counts. */
export const silentMetrics: Metrics = {
  requestStarted: () => undefined,
  requestEnded: () => undefined,
  refused: () => undefined,
  sendEnded: () => undefined,
  pollEnded: () => undefined,
  batchSent: () => undefined,
  connected: () => undefined,
  disconnected: () => undefined,
  circuitChanged: () => undefined,
  circuitRejected: () => undefined,
};
