import { STATUS } from '../status.ts';

/** The header's operation byte (iggy-vsr-0.11 §1.4). What is not listed travels as NonReplicated. */
export const Operation = {
  Register: 1,
  NonReplicated: 2,
  Logout: 3,
  // 64..=127 belong to the server. Clients see 64, 65 and 68 in replies, and never send one.
  CreateTopicWithAssignments: 64,
  CreatePartitionsWithAssignments: 65,
  RemoveGroupMember: 66,
  CompleteRevocation: 67,
  TruncatePartition: 68,
  CreateStream: 128,
  UpdateStream: 129,
  DeleteStream: 130,
  PurgeStream: 131,
  CreateTopic: 132,
  UpdateTopic: 133,
  DeleteTopic: 134,
  PurgeTopic: 135,
  CreatePartitions: 136,
  DeletePartitions: 137,
  DeleteSegments: 138,
  CreateConsumerGroup: 139,
  DeleteConsumerGroup: 140,
  CreateUser: 141,
  UpdateUser: 142,
  DeleteUser: 143,
  ChangePassword: 144,
  UpdatePermissions: 145,
  CreatePersonalAccessToken: 146,
  DeletePersonalAccessToken: 147,
  JoinConsumerGroup: 148,
  LeaveConsumerGroup: 149,
  SendMessages: 160,
  StoreConsumerOffset: 161,
  DeleteConsumerOffset: 162,
} as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

const OPERATIONS: ReadonlySet<number> = new Set(Object.values(Operation));

export function isOperation(byte: number): byte is Operation {
  return OPERATIONS.has(byte);
}

const REPLY_OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [Operation.CreateTopic, Operation.CreateTopicWithAssignments],
  [Operation.CreatePartitions, Operation.CreatePartitionsWithAssignments],
  [Operation.DeleteSegments, Operation.TruncatePartition],
]);

/** The operation byte of a committed reply: the request's own, but for three (iggy-vsr-0.11 §1.3). */
export function replyOperation(operation: number): number {
  return REPLY_OPERATIONS.get(operation) ?? operation;
}

/** Why a server ends a session (iggy-vsr-0.11 §1.8). */
export const EvictionReason = {
  NoSession: 1,
  ClientReleaseTooLow: 2,
  ClientReleaseTooHigh: 3,
  InvalidRequestOperation: 4,
  InvalidRequestBody: 5,
  InvalidRequestBodySize: 6,
  SessionTooLow: 7,
  SessionReleaseMismatch: 8,
  InvalidCredentials: 9,
  InvalidToken: 10,
  UserInactive: 11,
  SessionError: 12,
  StaleClient: 13,
  IncompatibleProtocol: 14,
  MalformedLogin: 15,
} as const;
export type EvictionReason = (typeof EvictionReason)[keyof typeof EvictionReason];

const EVICTION_CODES: ReadonlyMap<number, number> = new Map([
  [0, STATUS.InvalidCommand],
  [EvictionReason.ClientReleaseTooLow, STATUS.InvalidCommand],
  [EvictionReason.ClientReleaseTooHigh, STATUS.InvalidCommand],
  [EvictionReason.InvalidRequestOperation, STATUS.InvalidCommand],
  [EvictionReason.InvalidRequestBody, STATUS.InvalidCommand],
  [EvictionReason.InvalidRequestBodySize, STATUS.InvalidCommand],
  [EvictionReason.InvalidCredentials, STATUS.InvalidCredentials],
  [EvictionReason.InvalidToken, STATUS.InvalidPersonalAccessToken],
  [EvictionReason.StaleClient, STATUS.StaleClient],
  [EvictionReason.MalformedLogin, STATUS.InvalidFormat],
]);

/** The versions a server accepts, as an eviction header has them. */
interface VersionWindow {
  serverProtocolVersion: number;
  serverProtocolVersionMin: number;
}

/** The error code a client makes of an eviction: the released clients' mapping (iggy-vsr-0.11 §1.8). */
export function evictionCode(reason: number, window: VersionWindow): number {
  if (reason === EvictionReason.IncompatibleProtocol) {
    const { serverProtocolVersion: max, serverProtocolVersionMin: min } = window;
    return min > 0 && min <= max ? STATUS.IncompatibleProtocolVersion : STATUS.Unauthenticated;
  }
  return EVICTION_CODES.get(reason) ?? STATUS.Unauthenticated;
}
