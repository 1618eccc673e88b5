import { ByteReader, WireError } from '../../bytes.ts';
import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import {
  readLongText,
  readName,
  readShortText,
  writeLongText,
  writeName,
  writeShortText,
} from '../text.ts';

/** What every login starts with. */
export interface ClientVersion {
  /** See `packVersion`. */
  protocolVersion: number;
  sdkName: string;
  sdkVersion: string;
}

/**
 * Client version (iggy-vsr-0.11 §2.3):
 *
 *     protocol_version  u32
 *     sdk_name          NAME
 *     sdk_version       NAME
 */
export const clientVersion: Codec<ClientVersion> = {
  write(out, { protocolVersion, sdkName, sdkVersion }) {
    out.u32(protocolVersion);
    writeName(out, sdkName);
    writeName(out, sdkVersion);
  },
  read: (input) => ({
    protocolVersion: input.u32(),
    sdkName: readName(input),
    sdkVersion: readName(input),
  }),
};

export interface PasswordCredentials {
  username: string;
  password: string;
  /** Nobody reads it; null if empty. */
  context: string | null;
}

export interface TokenCredentials {
  token: string;
  /** Nobody reads it; null if empty. */
  context: string | null;
}

/**
 *     username  NAME
 *     password  S8
 *     context   S32
 */
const passwordCredentials: Codec<PasswordCredentials> = {
  write(out, { username, password, context }) {
    writeName(out, username);
    writeShortText(out, password);
    writeLongText(out, context ?? '');
  },
  read: (input) => ({
    username: readName(input),
    password: readShortText(input),
    context: readLongText(input) || null,
  }),
};

/**
 *     token    S8
 *     context  S32
 */
const tokenCredentials: Codec<TokenCredentials> = {
  write(out, { token, context }) {
    writeShortText(out, token);
    writeLongText(out, context ?? '');
  },
  read: (input) => ({ token: readShortText(input), context: readLongText(input) || null }),
};

export type Credentials =
  | ({ kind: 'password' } & PasswordCredentials)
  | ({ kind: 'token' } & TokenCredentials);

/**
 * For servers: what follows the client version in the body of a Register request. Both logins travel
 * under the same operation and nothing says which one it is, so it is the password shape if the bytes
 * read as one, else the token shape (iggy-vsr-0.11 §2.3).
 */
export function readCredentials(input: ByteReader): Credentials {
  const body = input.rest();
  try {
    return { kind: 'password', ...passwordCredentials.read(new ByteReader(body)) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { kind: 'token', ...tokenCredentials.read(new ByteReader(body)) };
  }
}

/** Client version, then credentials. */
function loginRequest<Fields>(credentials: Codec<Fields>): Codec<ClientVersion & Fields> {
  return {
    write(out, request) {
      clientVersion.write(out, request);
      credentials.write(out, request);
    },
    read: (input) => ({ ...clientVersion.read(input), ...credentials.read(input) }),
  };
}

export interface LoginResponse {
  userId: number;
  /** Not 0; for the header of every later request. */
  session: bigint;
  serverProtocolVersion: number;
  serverVersion: string;
}

/**
 *     user_id                  u32
 *     session                  u64
 *     server_protocol_version  u32
 *     server_version           NAME
 */
const loginResponse: Codec<LoginResponse> = {
  write(out, { userId, session, serverProtocolVersion, serverVersion }) {
    out.u32(userId).u64(session).u32(serverProtocolVersion);
    writeName(out, serverVersion);
  },
  read: (input) => ({
    userId: input.u32(),
    session: input.u64(),
    serverProtocolVersion: input.u32(),
    serverVersion: readName(input),
  }),
};

export const login: Command<ClientVersion & PasswordCredentials, LoginResponse> = {
  name: 'login',
  code: 40,
  operation: Operation.Register,
  request: loginRequest(passwordCredentials),
  response: loginResponse,
};

export const loginWithPat: Command<ClientVersion & TokenCredentials, LoginResponse> = {
  name: 'login_with_pat',
  code: 45,
  operation: Operation.Register,
  request: loginRequest(tokenCredentials),
  response: loginResponse,
};

export const logout: Command<Empty, Empty> = {
  name: 'logout',
  code: 39,
  operation: Operation.Logout,
  request: empty,
  response: empty,
};
