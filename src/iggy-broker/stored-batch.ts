import { checkBatch, WireError } from '../iggy-protocol/index.ts';

/** A batch as it is stored, with what its row says of it. */
export interface BatchRow {
  readonly baseOffset: bigint;
  readonly messageCount: number;
  readonly baseTimestampMicros: bigint;
  readonly bytes: Buffer;
}

/** What is wrong with a stored batch: layout, checksums, or a row that says something else. */
export function batchFault(row: BatchRow): string | undefined {
  try {
    const { baseOffset, baseTimestamp } = checkBatch(row.bytes, row.messageCount);
    if (baseOffset !== row.baseOffset) return `it says that it begins at ${baseOffset}`;
    if (baseTimestamp !== row.baseTimestampMicros) return 'it has another time than its row';
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.message;
    throw error;
  }
}
