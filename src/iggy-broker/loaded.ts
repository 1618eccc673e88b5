import { Catalog } from './catalog.ts';
import { ClientTable } from './client-table.ts';
import { type Connection, restoreLogins } from './connection.ts';
import type { BrokerState } from './context.ts';
import type { ConsumerGroup } from './groups/consumer-group.ts';
import type { BrokerLimits } from './limits.ts';
import type { Executed } from './open-group.ts';
import { Retention } from './retention.ts';
import type { Secrets } from './secrets.ts';
import type { Login } from './session.ts';
import type { Storage } from './storage.ts';
import { Tokens } from './tokens.ts';
import { type RootCredentials, Users } from './users.ts';
import type { SessionParts } from './write-plane.ts';

/** What the broker has in memory of what storage keeps. */
export interface Loaded {
  readonly catalog: Catalog;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly clients: ClientTable;
  readonly retention: Retention;
}

export interface LoadParts {
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly root: RootCredentials;
  readonly limits: BrokerLimits;
  readonly verifyNow: (hash: string, text: string) => boolean;
}

/** Reads everything but the batches. Throws what the storage throws. */
export function load({ storage, secrets, root, limits, verifyNow }: LoadParts): Loaded {
  const stored = storage.load();
  const catalog = new Catalog(storage, stored, limits);
  return {
    catalog,
    tokens: new Tokens(storage, secrets, limits.tokensPerUserMax, stored.tokens),
    users: new Users({ storage, limits, root, stored: stored.users, verifyNow }),
    clients: new ClientTable(storage, stored.replies, limits),
    retention: new Retention(catalog),
  };
}

type Changing<Parts> = { -readonly [Name in keyof Parts]: Parts[Name] };

/** What sessions share, as far as it is replaced when everything is read again. */
export type ChangingParts = Changing<SessionParts> & { readonly state: Changing<BrokerState> };

/** Puts what was read again in the place of what there was, with the same sessions logged in. */
export function replaceLoaded(
  parts: ChangingParts,
  { clients, ...loaded }: Omit<Loaded, 'retention'>,
  logins: ReadonlyMap<Connection, Login | undefined>,
  groups: ReadonlyMap<bigint, readonly ConsumerGroup[]>,
): void {
  const { state } = parts;
  const { catalog: before } = state;
  Object.assign(state, loaded);
  parts.clients = clients;
  restoreLogins(logins);
  const clientIds = [...logins.values()].flatMap((login) => login?.clientId ?? []);
  const groupsOf = (clientId: bigint) => groups.get(clientId) ?? before.memberships.of(clientId);
  rejoin(clientIds, groupsOf, loaded.catalog, state.clock.nowMicros());
}

/** In which groups clients were before the first of `undone`. */
export function groupsBefore(
  undone: readonly Executed<Connection, Login>[],
): ReadonlyMap<bigint, readonly ConsumerGroup[]> {
  // The first of each client counts, so it is set last.
  return new Map(
    undone.toReversed().flatMap(({ login, groups }) => (login ? [[login.clientId, groups]] : [])),
  );
}

/** Puts clients into the groups of `fresh` that they were in before everything was read again. */
function rejoin(
  clientIds: readonly bigint[],
  groupsOf: (clientId: bigint) => readonly ConsumerGroup[],
  fresh: Catalog,
  nowMicros: bigint,
): void {
  const members = clientIds.flatMap((clientId) =>
    groupsOf(clientId).map((group) => ({
      clientId,
      group: sameGroup(group, fresh),
      memberId: group.shareOf(clientId)?.memberId ?? 0,
    })),
  );
  const inOrder = members.toSorted((one, other) => one.memberId - other.memberId);
  for (const { clientId, group } of inOrder) group?.join(clientId, nowMicros);
}

function sameGroup({ id, topic }: ConsumerGroup, fresh: Catalog): ConsumerGroup | undefined {
  const stream = fresh.streams.find({ kind: 'numeric', value: topic.streamId });
  const found = stream?.topics.find({ kind: 'numeric', value: topic.topicId });
  return found?.key === topic.key ? found.groups.find({ kind: 'numeric', value: id }) : undefined;
}
