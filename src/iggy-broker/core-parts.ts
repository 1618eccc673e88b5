import type { Clock } from '../utils/clock.ts';
import type { BrokerLimits } from './limits.ts';
import type { Passwords } from './passwords.ts';
import type { Secrets } from './secrets.ts';
import type { HostFacts } from './server-facts.ts';
import type { Storage } from './storage.ts';
import type { RootCredentials } from './users.ts';

/** Everything the core has of the world. */
export interface CoreParts {
  readonly storage: Storage;
  readonly clock: Pick<Clock, 'nowMicros'>;
  readonly secrets: Secrets;
  readonly passwords: Passwords;
  readonly root: RootCredentials;
  readonly limits: BrokerLimits;
  readonly hostFacts: () => HostFacts;
}
