/** Where a broker listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface DuplexListener {
  /** Bytes may be written from now on: connected, and where TLS is used, trusted. At most once. */
  opened(): void;
  received(chunk: Buffer): void;
  /** The connection failed or was ended by the peer. Once, and nothing follows. */
  closed(failure: DuplexFailure): void;
}

export interface DuplexFailure {
  readonly error: Error;
  /** Waiting does not mend it, such as a certificate that is not trusted. */
  readonly permanent: boolean;
}

/** An ordered stream of bytes in both directions: a socket, or a test's imitation of one. */
export interface Duplex {
  /** Only after `opened`. Unsent bytes are kept in memory: the caller writes one frame at a time. */
  write(bytes: Buffer): void;
  /** Ends it at once. Its listener hears nothing more. */
  destroy(): void;
}

/** Begins to connect and returns at once; what comes of it the listener hears, never during the call. */
export type Dial = (address: Address, listener: DuplexListener) => Duplex;
