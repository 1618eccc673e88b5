import { describe, expect, test } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import type { ReplyHeader } from '../../../../src/iggy-protocol/vsr/header.ts';
import { Operation, replyOperation } from '../../../../src/iggy-protocol/vsr/operations.ts';
import {
  encodeAccepted,
  encodeRejected,
  isResultFramed,
  replyOutcome,
  splitResult,
} from '../../../../src/iggy-protocol/vsr/result-section.ts';
import { type Fields, fromHex, loadVectors, type Vector } from '../../../support/vectors.ts';
import { decodeReply } from '../support/frames.ts';

interface ReplyVector extends Vector {
  fields: Fields & {
    outcome: { ok?: boolean; code?: number; payloadHex?: string; why?: string };
  };
}

const OK: ReplyHeader = {
  requestChecksum: 0n,
  client: 1n,
  op: 0n,
  commit: 0n,
  timestamp: 0n,
  request: 1n,
  operation: Operation.CreateStream,
  status: 0,
  cluster: 0n,
  view: 0,
  replica: 0,
};

describe('a reply is what the released client makes of it', () => {
  const replies = loadVectors<ReplyVector>('vsr-0.11', 'frames').filter(({ name }) =>
    name.startsWith('reply:'),
  );
  // The released client calls these "invalid command"; that they cannot be read is no refusal.
  const unreadable = replies.filter(({ fields }) => fields.outcome.why !== undefined);
  const accepted = replies.filter(({ fields }) => fields.outcome.ok === true);
  const refused = replies.filter((it) => !unreadable.includes(it) && !accepted.includes(it));

  test.each(accepted)('$name: done', ({ hex, fields }) => {
    const { header, body } = decodeReply(hex);
    const { payloadHex = body.toString('hex', 4) } = fields.outcome;
    expect(replyOutcome(header, body)).toEqual({ ok: true, payload: fromHex(payloadHex) });
  });

  test.each(refused)('$name: refused', ({ hex, fields }) => {
    const { header, body } = decodeReply(hex);
    expect(replyOutcome(header, body)).toEqual({ ok: false, code: fields.outcome.code });
  });

  test.each(unreadable)('$name: not to be understood', ({ hex }) => {
    const { header, body } = decodeReply(hex);
    expect(() => replyOutcome(header, body)).toThrow(WireError);
  });

  test('in all vectors', () => {
    expect([accepted.length, refused.length, unreadable.length]).toEqual([15, 9, 3]);
  });
});

describe('a result section', () => {
  test('starts every reply of a metadata or offset operation, and no other', () => {
    const framed = Object.values(Operation).filter(isResultFramed);
    expect(framed.map((operation) => operation.toString()).join(' ')).toBe(
      '64 65 66 67 68 128 129 130 131 132 133 134 135 136 137 ' +
        '139 140 141 142 143 144 145 146 147 148 149 161 162',
    );
    expect([0, 63, 69, 127, 150, 159, 163, 255].filter(isResultFramed)).toEqual([]);
  });

  test('is there whenever a committed reply carries one', () => {
    const metadata = Object.values(Operation).filter((op) => op >= 128 && op < 150);
    expect(metadata.every((operation) => isResultFramed(replyOperation(operation)))).toBe(true);
  });

  test('is taken off as it was put on', () => {
    const payload = Buffer.from('typed');
    expect(encodeAccepted(payload).toString('hex')).toBe(`00000000${payload.toString('hex')}`);
    expect(splitResult(encodeAccepted(payload))).toEqual({ ok: true, payload });
    expect(encodeRejected(1012).toString('hex')).toBe('0100000000000000f4030000');
    expect(splitResult(encodeRejected(1012))).toEqual({ ok: false, code: 1012 });
  });

  test('of several entries means the first one', () => {
    const body = fromHex('0200000000000000f403000001000000da070000');
    expect(splitResult(body)).toEqual({ ok: false, code: 1012 });
  });

  test('whose entries say nothing went wrong is skipped whole', () => {
    const body = Buffer.concat([fromHex('010000000000000000000000'), Buffer.from('typed')]);
    expect(splitResult(body)).toEqual({ ok: true, payload: Buffer.from('typed') });
    const three = Buffer.concat([fromHex('03000000'.padEnd(56, '0')), Buffer.from('typed')]);
    expect(splitResult(three)).toEqual({ ok: true, payload: Buffer.from('typed') });
    expect(() => splitResult(fromHex('02000000'.padEnd(24, '0')))).toThrow(WireError);
  });

  test.each(['', '00', '000000', '01000000', '0100000000000000', 'ffffffff00000000'])(
    'cut off to "%s" is never taken for success',
    (hex) => {
      expect(() => splitResult(fromHex(hex))).toThrow(WireError);
    },
  );

  test('is never made with the code that means success', () => {
    expect(() => encodeRejected(0)).toThrow(WireError);
  });
});

describe('a reply', () => {
  test('with a status is refused whatever its body and operation say', () => {
    const header = { ...OK, status: 41, operation: 255 };
    expect(replyOutcome(header, fromHex('00000000'))).toEqual({ ok: false, code: 41 });
  });

  test('with an operation nobody knows is not understood', () => {
    for (const operation of [0, 4, 63, 69, 127, 150, 255]) {
      expect(() => replyOutcome({ ...OK, operation }, fromHex('00000000'))).toThrow(WireError);
    }
  });

  test('to a send is never searched for a result section', () => {
    const body = fromHex('01000000'.padEnd(48, '0'));
    const header = { ...OK, operation: Operation.SendMessages };
    expect(replyOutcome(header, body)).toEqual({ ok: true, payload: body });
  });

  test('to a login can ask for patience', () => {
    const header = { ...OK, operation: Operation.Register };
    expect(replyOutcome(header, encodeRejected(58))).toEqual({ ok: false, code: 58 });
  });
});
