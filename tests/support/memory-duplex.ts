import type {
  Address,
  Dial,
  Duplex,
  DuplexListener,
} from '../../src/iggy-client/connection/duplex.ts';

/**
 * A network without sockets: `dial` for the client, and for the test the other end of every link it
 * opened. Nothing is delivered during a call, everything in order, as from a real network.
 */
export class MemoryNetwork {
  readonly links: MemoryLink[] = [];
  /** What the far side does with a new link; by default it accepts it. */
  onDial: (link: MemoryLink) => void = (link) => link.accept();

  readonly dial: Dial = (address, listener) => {
    const link = new MemoryLink(address, listener);
    this.links.push(link);
    queueMicrotask(() => this.onDial(link));
    return link.clientEnd;
  };

  /** Links that neither side has ended. */
  get openLinks(): number {
    return this.links.filter((link) => link.isOpen).length;
  }
}

/** One link, seen from the far side. */
export class MemoryLink {
  readonly address: Address;
  readonly clientEnd: Duplex;
  /** Bytes that the client has written, as it cut them. Also those it wrote just before it hung up. */
  onReceive: (bytes: Buffer) => void = () => {};
  readonly #listener: DuplexListener;
  #open = true;

  constructor(address: Address, listener: DuplexListener) {
    this.address = address;
    this.#listener = listener;
    this.clientEnd = {
      write: (bytes) => {
        if (this.#open) queueMicrotask(() => this.onReceive(bytes));
      },
      destroy: () => {
        this.#open = false;
      },
    };
  }

  get isOpen(): boolean {
    return this.#open;
  }

  accept(): void {
    this.#deliver(() => this.#listener.opened());
  }

  send(bytes: Buffer): void {
    this.#deliver(() => this.#listener.received(bytes));
  }

  /** Ends the link from this side, after what was sent before. */
  end(reason = 'ended by the far side', permanent = false): void {
    this.#deliver(() => {
      this.#open = false;
      this.#listener.closed({ error: new Error(reason), permanent });
    });
  }

  #deliver(event: () => void): void {
    queueMicrotask(() => {
      if (this.#open) event();
    });
  }
}
