import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import { readToEnd, writeAll } from '../sequence.ts';
import { readName, writeName } from '../text.ts';

export interface PersonalAccessToken {
  name: string;
  /** Microseconds since the Unix epoch; 0 is never. */
  expiryAt: bigint;
}

/**
 *     name       NAME
 *     expiry_at  u64
 */
function writeToken(out: ByteWriter, { name, expiryAt }: PersonalAccessToken): void {
  writeName(out, name);
  out.u64(expiryAt);
}

function readToken(input: ByteReader): PersonalAccessToken {
  return { name: readName(input), expiryAt: input.u64() };
}

export interface GetPersonalAccessTokensResponse {
  tokens: readonly PersonalAccessToken[];
}

/** Tokens to the end. */
const getPersonalAccessTokensResponse: Codec<GetPersonalAccessTokensResponse> = {
  write(out, { tokens }) {
    writeAll(out, tokens, writeToken);
  },
  read: (input) => ({ tokens: readToEnd(input, readToken) }),
};

/** Of the caller only, as all commands of this family. */
export const getPersonalAccessTokens: Command<Empty, GetPersonalAccessTokensResponse> = {
  name: 'get_personal_access_tokens',
  code: 41,
  operation: Operation.NonReplicated,
  request: empty,
  response: getPersonalAccessTokensResponse,
};

export interface CreatePersonalAccessTokenRequest {
  name: string;
  /** Microseconds from now; 0 is the server's default, 2^64 - 1 is never. */
  expiry: bigint;
}

/**
 *     name    NAME
 *     expiry  u64
 */
const createPersonalAccessTokenRequest: Codec<CreatePersonalAccessTokenRequest> = {
  write(out, { name, expiry }) {
    writeName(out, name);
    out.u64(expiry);
  },
  read: (input) => ({ name: readName(input), expiry: input.u64() }),
};

export interface CreatePersonalAccessTokenResponse {
  /** The secret itself; the server keeps only its hash. */
  token: string;
}

/**
 *     token  NAME
 */
const createPersonalAccessTokenResponse: Codec<CreatePersonalAccessTokenResponse> = {
  write(out, { token }) {
    writeName(out, token);
  },
  read: (input) => ({ token: readName(input) }),
};

export const createPersonalAccessToken: Command<
  CreatePersonalAccessTokenRequest,
  CreatePersonalAccessTokenResponse
> = {
  name: 'create_personal_access_token',
  code: 42,
  operation: Operation.CreatePersonalAccessToken,
  request: createPersonalAccessTokenRequest,
  response: createPersonalAccessTokenResponse,
};

export interface DeletePersonalAccessTokenRequest {
  name: string;
}

/**
 *     name  NAME
 */
const deletePersonalAccessTokenRequest: Codec<DeletePersonalAccessTokenRequest> = {
  write(out, { name }) {
    writeName(out, name);
  },
  read: (input) => ({ name: readName(input) }),
};

export const deletePersonalAccessToken: Command<DeletePersonalAccessTokenRequest, Empty> = {
  name: 'delete_personal_access_token',
  code: 43,
  operation: Operation.DeletePersonalAccessToken,
  request: deletePersonalAccessTokenRequest,
  response: empty,
};
