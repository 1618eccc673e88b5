import {
  changePassword,
  createPersonalAccessToken,
  createUser,
  deletePersonalAccessToken,
  deleteUser,
  EMPTY,
  getPersonalAccessTokens,
  getUser,
  getUsers,
  type Identifier,
  type Option,
  STATUS,
  updatePermissions,
  updateUser,
  type User,
  type UserDetails,
} from '../../iggy-protocol/index.ts';
import type { BrokerState } from '../context.ts';
import { type Later, whenReady } from '../later.ts';
import { notAdmitted, Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import type { Account } from '../users.ts';

/** Users, and the tokens they log in with. Tokens are always the caller's own. */
export const accountCommands = [
  serve(getUser, (request, { state: { users } }) => {
    const account = users.find(request.user);
    return account === undefined ? null : detailsReply(account);
  }),
  serve(getUsers, (_request, { state: { users } }) => ({ users: users.list().map(userReply) })),
  serve(createUser, (request, { state: { users, hashing, clock } }) => {
    const { username: name, status, permissions } = request;
    refuseOptions(request.options);
    users.checkNew(name, permissions);
    return hashing.hash(request.password).through((finish) => {
      const user = { name, status, permissions, password: finish() };
      return detailsReply(users.create(user, clock.nowMicros()));
    });
  }),
  serve(updateUser, (request, { state }) => {
    refuseOptions(request.options);
    const account = requireAccount(state, request.user);
    return changing(state, account, () => {
      state.users.update(account, request.username, request.status);
      return EMPTY;
    });
  }),
  serve(deleteUser, (request, { state }) => {
    const account = requireAccount(state, request.user);
    state.users.delete(account);
    state.tokens.deleteAllOf(account.id);
    return EMPTY;
  }),
  serve(updatePermissions, (request, { state }) => {
    state.users.setPermissions(requireAccount(state, request.user), request.permissions);
    return EMPTY;
  }),
  serve(changePassword, (request, { state }) => {
    const account = requireAccount(state, request.user);
    // The current one is asked for even where somebody else's is changed (iggy-vsr-0.11 §3.8).
    const right = state.credentials.check(account, account.name, request.current);
    return whenReady(right, (fits) => {
      if (!fits) throw new Refusal(STATUS.InvalidCredentials);
      const { password: current } = account;
      return changing(state, account, () =>
        state.hashing.hash(request.new).through((finish) => {
          const hash = finish();
          // Changed meanwhile: then `request.current` is not the current one any more.
          if (account.password !== current) throw new Refusal(STATUS.InvalidCredentials);
          state.users.setPassword(account, hash);
          return EMPTY;
        }),
      );
    });
  }),
  serve(getPersonalAccessTokens, (_request, { state: { tokens, clock }, caller }) => ({
    tokens: tokens
      .list(caller.userId, clock.nowMicros())
      .map(({ name, expiresAtMicros }) => ({ name, expiryAt: expiresAtMicros })),
  })),
  serve(
    createPersonalAccessToken,
    ({ name, expiry }, { state: { tokens, clock }, caller }) => ({
      token: tokens.create(caller.userId, name, expiry, clock.nowMicros()),
    }),
    { secret: true },
  ),
  serve(deletePersonalAccessToken, ({ name }, { state: { tokens }, caller }) => {
    tokens.delete(caller.userId, name);
    return EMPTY;
  }),
];

/** Before root is changed for the first time, it is worked out what it is changed from. */
function changing<Value>(
  { users, hashing }: BrokerState,
  account: Account,
  change: () => Value | Later<Value>,
): Value | Later<Value> {
  if (!users.isUnderUnknownConfiguration(account)) return change();
  return hashing.hash(users.configuredText).andThen((hash) => {
    users.noteConfigured(hash);
    return change();
  });
}

function requireAccount({ users }: BrokerState, identifier: Identifier): Account {
  const account = users.find(identifier);
  if (account === undefined) throw new Refusal(STATUS.ResourceNotFound);
  return account;
}

function detailsReply(account: Account): UserDetails {
  return { user: userReply(account), permissions: account.permissions };
}

function userReply({ id, name, createdAtMicros, status }: Account): User {
  return { id, createdAt: createdAtMicros, status, username: name, options: [] };
}

/** Users know no options (iggy-vsr-0.11 §4). */
function refuseOptions(options: readonly Option[]): void {
  if (options.length > 0) throw notAdmitted(STATUS.UnsupportedOptionKey);
}
