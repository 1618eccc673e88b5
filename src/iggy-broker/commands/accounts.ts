import {
  createPersonalAccessToken,
  deletePersonalAccessToken,
  EMPTY,
  getPersonalAccessTokens,
  getUser,
  getUsers,
} from '../../iggy-protocol/index.ts';
import { serve } from '../served.ts';
import { ALL_PERMISSIONS } from '../users.ts';

/** Users, and the tokens they log in with. Tokens are always the caller's own. */
export const accountCommands = [
  serve(getUser, (request, { state: { users } }) => {
    const user = users.find(request.user);
    if (user === undefined) return null;
    return { user, permissions: { global: ALL_PERMISSIONS, streams: [] } };
  }),
  serve(getUsers, (_request, { state: { users } }) => ({ users: [users.root] })),
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
