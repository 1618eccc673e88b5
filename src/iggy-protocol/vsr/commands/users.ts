import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import { Operation } from '../operations.ts';
import { type Option, readOptions, writeOptions } from '../options.ts';
import { type Permissions, readSizedPermissions, writeSizedPermissions } from '../permissions.ts';
import { readToEnd, writeAll } from '../sequence.ts';
import { readName, readShortText, writeName, writeShortText } from '../text.ts';
import { readUser, type User, userDetails, type UserDetails, writeUser } from './user-details.ts';

/**
 * Permissions in a request:
 *
 *     given        u8                          1 = given; any other value is read as absent
 *     permissions  u32 length, Permissions     only if given
 */
function writeOptionalPermissions(out: ByteWriter, permissions: Permissions | null): void {
  out.bool(permissions !== null);
  if (permissions !== null) writeSizedPermissions(out, permissions);
}

function readOptionalPermissions(input: ByteReader): Permissions | null {
  return input.u8() === 1 ? readSizedPermissions(input) : null;
}

export interface UserTarget {
  user: Identifier;
}

/**
 *     user  Identifier
 */
const userTarget: Codec<UserTarget> = {
  write(out, { user }) {
    writeIdentifier(out, user);
  },
  read: (input) => ({ user: readIdentifier(input) }),
};

export const getUser: Command<UserTarget, UserDetails | null> = {
  name: 'get_user',
  code: 31,
  operation: Operation.NonReplicated,
  request: userTarget,
  response: orNull(userDetails),
};

export interface GetUsersResponse {
  users: readonly User[];
}

/** Users to the end. */
const getUsersResponse: Codec<GetUsersResponse> = {
  write(out, { users }) {
    writeAll(out, users, writeUser);
  },
  read: (input) => ({ users: readToEnd(input, readUser) }),
};

export const getUsers: Command<Empty, GetUsersResponse> = {
  name: 'get_users',
  code: 32,
  operation: Operation.NonReplicated,
  request: empty,
  response: getUsersResponse,
};

export interface CreateUserRequest {
  username: string;
  password: string;
  /** 1 active, 2 inactive. */
  status: number;
  permissions: Permissions | null;
  options: readonly Option[];
}

/**
 *     username     NAME
 *     password     S8
 *     status       u8
 *     permissions  optional Permissions
 *     options      OPT
 */
const createUserRequest: Codec<CreateUserRequest> = {
  write(out, { username, password, status, permissions, options }) {
    writeName(out, username);
    writeShortText(out, password);
    out.u8(status);
    writeOptionalPermissions(out, permissions);
    writeOptions(out, options);
  },
  read: (input) => ({
    username: readName(input),
    password: readShortText(input),
    status: input.u8(),
    permissions: readOptionalPermissions(input),
    options: readOptions(input),
  }),
};

export const createUser: Command<CreateUserRequest, UserDetails> = {
  name: 'create_user',
  code: 33,
  operation: Operation.CreateUser,
  request: createUserRequest,
  response: userDetails,
};

export interface UpdateUserRequest {
  user: Identifier;
  /** Null: keep it. */
  username: string | null;
  /** Null: keep it. */
  status: number | null;
  options: readonly Option[];
}

/**
 *     user            Identifier
 *     username_given  u8           1 = given; any other value is read as absent
 *     username        NAME         only if given
 *     status_given    u8           likewise
 *     status          u8           only if given
 *     options         OPT
 */
const updateUserRequest: Codec<UpdateUserRequest> = {
  write(out, { user, username, status, options }) {
    writeIdentifier(out, user);
    out.bool(username !== null);
    if (username !== null) writeName(out, username);
    out.bool(status !== null);
    if (status !== null) out.u8(status);
    writeOptions(out, options);
  },
  read: (input) => ({
    user: readIdentifier(input),
    username: input.u8() === 1 ? readName(input) : null,
    status: input.u8() === 1 ? input.u8() : null,
    options: readOptions(input),
  }),
};

export const updateUser: Command<UpdateUserRequest, Empty> = {
  name: 'update_user',
  code: 35,
  operation: Operation.UpdateUser,
  request: updateUserRequest,
  response: empty,
};

export const deleteUser: Command<UserTarget, Empty> = {
  name: 'delete_user',
  code: 34,
  operation: Operation.DeleteUser,
  request: userTarget,
  response: empty,
};

export interface UpdatePermissionsRequest {
  user: Identifier;
  permissions: Permissions | null;
}

/**
 *     user         Identifier
 *     permissions  optional Permissions
 */
const updatePermissionsRequest: Codec<UpdatePermissionsRequest> = {
  write(out, { user, permissions }) {
    writeIdentifier(out, user);
    writeOptionalPermissions(out, permissions);
  },
  read: (input) => ({ user: readIdentifier(input), permissions: readOptionalPermissions(input) }),
};

export const updatePermissions: Command<UpdatePermissionsRequest, Empty> = {
  name: 'update_permissions',
  code: 36,
  operation: Operation.UpdatePermissions,
  request: updatePermissionsRequest,
  response: empty,
};

export interface ChangePasswordRequest {
  user: Identifier;
  current: string;
  new: string;
}

/**
 *     user     Identifier
 *     current  S8
 *     new      S8
 */
const changePasswordRequest: Codec<ChangePasswordRequest> = {
  write(out, request) {
    writeIdentifier(out, request.user);
    writeShortText(out, request.current);
    writeShortText(out, request.new);
  },
  read: (input) => ({
    user: readIdentifier(input),
    current: readShortText(input),
    new: readShortText(input),
  }),
};

export const changePassword: Command<ChangePasswordRequest, Empty> = {
  name: 'change_password',
  code: 37,
  operation: Operation.ChangePassword,
  request: changePasswordRequest,
  response: empty,
};
