export interface Traffic {
  /** Messages the broker has confirmed. */
  readonly messagesSent: number;
  /** Messages handed out by polls. */
  readonly messagesReceived: number;
  /** Sends, of one message or of a batch, that the broker did not confirm. */
  readonly sendFailures: number;
}

/** What went through this process since it started. */
export class TrafficCounter {
  #traffic: Traffic = { messagesSent: 0, messagesReceived: 0, sendFailures: 0 };

  /** An immutable picture of this moment. */
  snapshot(): Traffic {
    return this.#traffic;
  }

  sent(messages: number): void {
    const messagesSent = this.#traffic.messagesSent + messages;
    this.#traffic = { ...this.#traffic, messagesSent };
  }

  received(messages: number): void {
    const messagesReceived = this.#traffic.messagesReceived + messages;
    this.#traffic = { ...this.#traffic, messagesReceived };
  }

  sendFailed(): void {
    this.#traffic = { ...this.#traffic, sendFailures: this.#traffic.sendFailures + 1 };
  }
}
