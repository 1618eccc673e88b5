import {
  commands,
  decodeBody,
  PROTOCOL_VERSION,
  replyOutcome,
  STATUS,
  statusName,
  WireError,
} from '../../iggy-protocol/index.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Conversation, RequestFrame } from './conversation.ts';
import type { Identity } from './identity.ts';
import { passingLoss, permanentLoss } from './loss.ts';
import type { Loss } from './machine.ts';
import { encodeCommand, encodeFrame } from './request.ts';
import { isTransient, pauseBeforeResend } from './resend.ts';

export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

/** What the broker is told of the program that logs in; each 1..=255 bytes. */
export interface Software {
  readonly name: string;
  readonly version: string;
}

export interface LoginOptions {
  readonly credentials: Credentials;
  readonly software: Software;
  /** For all of it, resent frames included. */
  readonly deadlineMs: number;
}

export type LoginOutcome =
  | { readonly kind: 'in'; readonly session: bigint; readonly serverVersion: string }
  | { readonly kind: 'out'; readonly loss: Loss };

/** Codes that say "never with these credentials", where others say "not now" (iggy-vsr-0.11 §8). */
const PERMANENT_CODES: ReadonlySet<number> = new Set<number>([
  STATUS.InvalidFormat,
  STATUS.InvalidCredentials,
  STATUS.InvalidUsername,
  STATUS.InvalidPassword,
  STATUS.UserInactive,
  STATUS.InvalidPersonalAccessToken,
  STATUS.PersonalAccessTokenExpired,
  STATUS.IncompatibleProtocolVersion,
]);

/**
 * Registers `identity` on a connection just made (iggy-vsr-0.11 §2.3). A broker that is asked by many
 * at once answers 57 or 58: the same frame again, within the deadline. Never rejects, and leaves it to
 * the caller to end the conversation.
 */
export async function logIn(
  conversation: Conversation,
  identity: Identity,
  { credentials, software, deadlineMs }: LoginOptions,
  clock: Clock,
): Promise<LoginOutcome> {
  const endsMs = clock.monotonicMs() + deadlineMs;
  const outOfTime = passingLoss(new Error(`the login took more than ${deadlineMs} ms`));
  try {
    const frame = encodeLogin(credentials, software, identity);
    for (;;) {
      const leftMs = endsMs - clock.monotonicMs();
      if (leftMs <= 0) return { kind: 'out', loss: outOfTime };
      const answer = await conversation.exchange(frame, leftMs);
      if (answer.kind === 'ended') return { kind: 'out', loss: answer.loss };
      const outcome = replyOutcome(answer.header, answer.body);
      if (outcome.ok) return readLogin(outcome.payload);
      if (!isTransient(outcome.code)) return { kind: 'out', loss: refusal(outcome.code) };
      await pauseBeforeResend(clock, conversation.over);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    // Ours does not fit the protocol, or the broker's reply does not: neither mends itself.
    return { kind: 'out', loss: permanentLoss(error) };
  }
}

function encodeLogin(
  credentials: Credentials,
  software: Software,
  identity: Identity,
): RequestFrame {
  const version = {
    protocolVersion: PROTOCOL_VERSION,
    sdkName: software.name,
    sdkVersion: software.version,
    context: null,
  };
  const request =
    'token' in credentials
      ? encodeCommand(commands.loginWithPat, { ...version, ...credentials })
      : encodeCommand(commands.login, { ...version, ...credentials });
  return encodeFrame(request, identity, 0n);
}

function readLogin(payload: Buffer): LoginOutcome {
  const { session, serverVersion } = decodeBody(commands.login.response, payload);
  // Everything after login carries the session, and 0 stands for "none" (iggy-vsr-0.11 §2.3).
  if (session === 0n) throw new WireError('the broker logged us in without a session');
  return { kind: 'in', session, serverVersion };
}

function refusal(code: number): Loss {
  const error = new Error(`the broker refused the login: ${statusName(code)} (${code})`);
  return PERMANENT_CODES.has(code) ? permanentLoss(error) : passingLoss(error);
}
