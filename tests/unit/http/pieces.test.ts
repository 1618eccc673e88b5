import { Writable } from 'node:stream';

import { expect, test } from 'vitest';

import { PIECE_BYTES, writeInPieces } from '../../../src/http/pieces.ts';

/** An answer whose client takes a piece when the test says so. */
function slowAnswer() {
  const pieces: Buffer[] = [];
  let take: () => void = () => {};
  const answer = new Writable({
    highWaterMark: 1,
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      take = done;
    },
  });
  return { answer, pieces, take: () => take() };
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test.each([1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES - 3])(
  '%i bytes are written whole and in order, each piece once the one before is taken',
  async (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, n) => n % 251));
    const { answer, pieces, take } = slowAnswer();
    let told = 0;
    writeInPieces(answer, bytes, () => (told += 1));
    const count = Math.ceil(length / PIECE_BYTES);
    for (let n = 1; n <= count; n += 1) {
      expect([pieces.length, told]).toEqual([n, n]);
      take();
      await nextTurn();
    }
    expect(answer.writableFinished).toBe(true);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(PIECE_BYTES);
  },
);
