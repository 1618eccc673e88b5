import type { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Codec } from '../command.ts';
import { type Option, readSizedOptions, writeSizedOptions } from '../options.ts';
import { type Permissions, readSizedPermissions, writeSizedPermissions } from '../permissions.ts';
import { readName, writeName } from '../text.ts';

export interface User {
  id: number;
  /** Microseconds since the Unix epoch. */
  createdAt: bigint;
  /** 1 active, 2 inactive. */
  status: number;
  username: string;
  options: readonly Option[];
}

/**
 * User (iggy-vsr-0.11 §3.8):
 *
 *     id          u32
 *     created_at  u64
 *     status      u8
 *     username    NAME
 *     options     TLV32
 */
export function writeUser(out: ByteWriter, user: User): void {
  out.u32(user.id).u64(user.createdAt).u8(user.status);
  writeName(out, user.username);
  writeSizedOptions(out, user.options);
}

export function readUser(input: ByteReader): User {
  return {
    id: input.u32(),
    createdAt: input.u64(),
    status: input.u8(),
    username: readName(input),
    options: readSizedOptions(input),
  };
}

const NO_PERMISSIONS_BYTES = 3;

export interface UserDetails {
  user: User;
  permissions: Permissions | null;
}

/**
 *     user         User
 *     given        bool
 *     permissions  u32 length, Permissions; if not given, 3 zero bytes instead
 */
export const userDetails: Codec<UserDetails> = {
  write(out, { user, permissions }) {
    writeUser(out, user);
    out.bool(permissions !== null);
    if (permissions === null) out.zeros(NO_PERMISSIONS_BYTES);
    else writeSizedPermissions(out, permissions);
  },
  read(input) {
    const user = readUser(input);
    if (input.bool()) return { user, permissions: readSizedPermissions(input) };
    input.bytes(NO_PERMISSIONS_BYTES);
    return { user, permissions: null };
  },
};
