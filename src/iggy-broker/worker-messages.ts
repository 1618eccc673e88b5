import type { BrokerStartReason } from './start-error.ts';
import type { Room } from './storage.ts';

/** What the broker's thread tells the one that started it. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'room'; readonly room: Room }
  | { readonly kind: 'failed'; readonly reason: BrokerStartReason; readonly message: string };

/** And what it is told: to finish, and to end by itself. */
export type ToWorker = { readonly kind: 'stop' };
