import { type MemoryLink, MemoryNetwork } from './memory-duplex.ts';
import { InProcessBroker, type InProcessOptions } from './start-broker.ts';

/**
 * The embedded broker's core on a network without sockets. What arrives in one go is one commit group,
 * as in its TCP shell.
 */
export class MemoryBroker {
  readonly network = new MemoryNetwork();
  #broker: InProcessBroker;
  #lastId = 0;
  readonly #links = new Map<number, MemoryLink>();

  constructor(options: InProcessOptions = {}) {
    this.#broker = new InProcessBroker(options);
    this.network.onDial = (link) => this.#serve(link);
  }

  /** Of the incarnation that runs now. */
  get inProcess(): InProcessBroker {
    return this.#broker;
  }

  /** As after a crash: every connection ends, and what was committed is all that is known. */
  restart(): void {
    const { storage } = this.#broker;
    for (const link of this.#links.values()) link.end('the broker was restarted');
    this.#links.clear();
    this.#broker = new InProcessBroker({ storage });
  }

  #serve(link: MemoryLink): void {
    const broker = this.#broker;
    const id = (this.#lastId += 1);
    const peer = { address: `127.0.0.1:${50_000 + id}`, localIp: '127.0.0.1', localPort: 8090 };
    if (!broker.core.connect(id, peer)) {
      link.end('refused');
      return;
    }
    this.#links.set(id, link);
    link.onReceive = (bytes) => {
      if (broker !== this.#broker) return;
      broker.core.receive(id, bytes);
      for (const outgoing of broker.core.commit()) {
        const target = this.#links.get(outgoing.connectionId);
        if ('close' in outgoing) target?.end(outgoing.close);
        else target?.send(outgoing.bytes);
      }
      broker.core.resume(id);
    };
    link.accept();
  }
}
