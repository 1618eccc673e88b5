import type {
  Address,
  Dial,
  Duplex,
  DuplexListener,
} from '../../src/iggy-client/connection/duplex.ts';
import type { Clock } from '../../src/utils/clock.ts';
import { type Direction, type FaultyConnection, Faults, Flow } from './faults.ts';

/**
 * The same network, with faults between the client and whatever `dial` reaches. Bytes that were on
 * their way when the client hung up still arrive, as on a real network; `dial`'s duplex has to deliver
 * what was written just before it was destroyed (a MemoryNetwork's does, a socket may not).
 */
export function faultyDial(dial: Dial, clock: Clock): { dial: Dial; faults: Faults } {
  const faults = new Faults();
  return {
    faults,
    dial: (address, listener) => {
      if (faults.refusing) return refused(address, listener);
      return new FaultyDuplex(dial, address, listener, { faults, clock });
    },
  };
}

function refused({ host, port }: Address, listener: DuplexListener): Duplex {
  let over = false;
  queueMicrotask(() => {
    const error = new Error(`connection to ${host}:${port}: not reached (ECONNREFUSED)`);
    if (!over) listener.closed({ error, permanent: false });
  });
  return { write: () => {}, destroy: () => void (over = true) };
}

class FaultyDuplex implements Duplex, FaultyConnection {
  readonly #listener: DuplexListener;
  readonly #faults: Faults;
  readonly #inner: Duplex;
  readonly #toBroker: Flow;
  readonly #toClient: Flow;
  /** The client has hung up, or was told that the connection is over. */
  #clientGone = false;
  #failure = { error: new Error('closed'), permanent: false };

  constructor(
    dial: Dial,
    address: Address,
    listener: DuplexListener,
    { faults, clock }: { faults: Faults; clock: Clock },
  ) {
    this.#listener = listener;
    this.#faults = faults;
    const cut = (): void => this.break('cut by the faulty link');
    this.#toBroker = new Flow('to-broker', faults, clock, {
      deliver: (bytes) => this.#inner.write(bytes),
      cut,
      end: () => this.#over(),
    });
    this.#toClient = new Flow('to-client', faults, clock, {
      deliver: (bytes) => {
        if (!this.#clientGone) listener.received(bytes);
      },
      cut,
      end: () => {
        this.#over();
        this.#tellClosed();
      },
    });
    faults.connections.add(this);
    this.#inner = dial(address, {
      opened: () => {
        if (!this.#clientGone) listener.opened();
      },
      received: (chunk) => this.#toClient.push(chunk),
      closed: (failure) => {
        this.#failure = failure;
        this.#toClient.end();
      },
    });
  }

  write(bytes: Buffer): void {
    this.#toBroker.push(bytes);
  }

  destroy(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.#toBroker.end();
  }

  heal(): void {
    if (this.#toBroker.isMuted || this.#toClient.isMuted) {
      this.break('half-open: nobody is there');
      return;
    }
    this.#toBroker.resume();
    this.#toClient.resume();
  }

  mute(direction: Direction): void {
    (direction === 'to-broker' ? this.#toBroker : this.#toClient).mute();
  }

  break(reason: string): void {
    this.#failure = { error: new Error(reason), permanent: false };
    this.#over();
    // The listener hears nothing during a call of its own.
    queueMicrotask(() => this.#tellClosed());
  }

  #over(): void {
    this.#faults.connections.delete(this);
    this.#toBroker.stop();
    this.#toClient.stop();
    this.#inner.destroy();
  }

  #tellClosed(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.#listener.closed(this.#failure);
  }
}
