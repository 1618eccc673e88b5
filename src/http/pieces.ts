import type { Writable } from 'node:stream';

/** What is handed to the system at once; it takes the next piece when it has room for it. */
export const PIECE_BYTES = 64 * 1024;

/** Writes and ends `answer`, piece by piece without a copy; `onPiece` is told of each before it is written. */
export function writeInPieces(answer: Writable, bytes: Buffer, onPiece: () => void): void {
  let at = 0;
  function goOn(): void {
    while (at < bytes.length) {
      onPiece();
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      at += piece.length;
      if (!answer.write(piece)) {
        // Never, if the client goes away: then nobody keeps the rest but the answer itself.
        answer.once('drain', goOn);
        return;
      }
    }
    answer.end();
  }
  goOn();
}
