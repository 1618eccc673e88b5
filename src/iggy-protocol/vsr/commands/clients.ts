import { type ByteReader, type ByteWriter } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import { expectCount, readCounted, readToEnd, writeAll } from '../sequence.ts';
import { readLongText, writeLongText } from '../text.ts';

/** A connection of the server, numbered by it; unrelated to the client id in request headers. */
export interface Client {
  clientId: number;
  /** 4294967295 before login. */
  userId: number;
  /** 1 TCP, 2 QUIC, 3 HTTP, 4 WebSocket. */
  transport: number;
  /** `ip:port`. */
  address: string;
  consumerGroupsCount: number;
}

/**
 * Client (iggy-vsr-0.11 §3.1):
 *
 *     client_id     u32
 *     user_id       u32
 *     transport     u8
 *     address       S32
 *     groups_count  u32
 */
function writeClient(out: ByteWriter, client: Client): void {
  out.u32(client.clientId).u32(client.userId).u8(client.transport);
  writeLongText(out, client.address);
  out.u32(client.consumerGroupsCount);
}

function readClient(input: ByteReader): Client {
  return {
    clientId: input.u32(),
    userId: input.u32(),
    transport: input.u8(),
    address: readLongText(input),
    consumerGroupsCount: input.u32(),
  };
}

export interface GroupMembership {
  streamId: number;
  topicId: number;
  groupId: number;
}

const GROUP_MEMBERSHIP_BYTES = 12;

/**
 *     stream_id  u32
 *     topic_id   u32
 *     group_id   u32
 */
function writeGroupMembership(out: ByteWriter, membership: GroupMembership): void {
  out.u32(membership.streamId).u32(membership.topicId).u32(membership.groupId);
}

function readGroupMembership(input: ByteReader): GroupMembership {
  return { streamId: input.u32(), topicId: input.u32(), groupId: input.u32() };
}

export interface ClientDetails {
  client: Client;
  consumerGroups: readonly GroupMembership[];
}

/**
 *     client  Client
 *     groups  groups_count x GroupMembership
 */
const clientDetails: Codec<ClientDetails> = {
  write(out, { client, consumerGroups }) {
    expectCount(client.consumerGroupsCount, consumerGroups);
    writeClient(out, client);
    writeAll(out, consumerGroups, writeGroupMembership);
  },
  read(input) {
    const client = readClient(input);
    const count = client.consumerGroupsCount;
    const consumerGroups = readCounted(input, count, GROUP_MEMBERSHIP_BYTES, readGroupMembership);
    return { client, consumerGroups };
  },
};

export const getMe: Command<Empty, ClientDetails> = {
  name: 'get_me',
  code: 20,
  operation: Operation.NonReplicated,
  request: empty,
  response: clientDetails,
};

export interface GetClientRequest {
  clientId: number;
}

/**
 *     client_id  u32
 */
const getClientRequest: Codec<GetClientRequest> = {
  write(out, { clientId }) {
    out.u32(clientId);
  },
  read: (input) => ({ clientId: input.u32() }),
};

export const getClient: Command<GetClientRequest, ClientDetails | null> = {
  name: 'get_client',
  code: 21,
  operation: Operation.NonReplicated,
  request: getClientRequest,
  response: orNull(clientDetails),
};

export interface GetClientsResponse {
  clients: readonly Client[];
}

/** Clients to the end. */
const getClientsResponse: Codec<GetClientsResponse> = {
  write(out, { clients }) {
    writeAll(out, clients, writeClient);
  },
  read: (input) => ({ clients: readToEnd(input, readClient) }),
};

export const getClients: Command<Empty, GetClientsResponse> = {
  name: 'get_clients',
  code: 22,
  operation: Operation.NonReplicated,
  request: empty,
  response: getClientsResponse,
};
