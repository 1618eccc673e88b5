import * as fc from 'fast-check';

import type { BatchMessage } from '../../../../src/iggy-protocol/index.ts';
import { fromHex, payloadBytes, type PayloadField } from '../../../support/vectors.ts';
import { bytes, u128 } from './arbitraries.ts';

/** A message as the vectors spell it. */
export interface MessageField {
  id: string;
  origin_timestamp: string;
  payload: PayloadField;
  userHeadersHex: string;
}

export function toBatchMessages(messages: readonly MessageField[] = []): BatchMessage[] {
  return messages.map((message) => ({
    id: BigInt(message.id),
    originTimestamp: BigInt(message.origin_timestamp),
    payload: payloadBytes(message.payload),
    userHeaders: fromHex(message.userHeadersHex),
  }));
}

const message: fc.Arbitrary<BatchMessage> = fc.record({
  id: u128,
  // Messages of one batch lie within 71 minutes of each other.
  originTimestamp: fc.bigInt({ min: 2n ** 50n, max: 2n ** 50n + 2n ** 32n - 1n }),
  payload: bytes,
  userHeaders: bytes,
});

/** The messages of one batch. */
export const anyMessages = fc.array(message, { minLength: 1, maxLength: 12 });
