/** Tells a message from all others of a history: ids alone may be those of twins. */
export function messageKey(message: {
  readonly id: bigint;
  readonly originTimestampMicros: bigint;
  readonly payload: Uint8Array;
}): string {
  const { id, originTimestampMicros, payload } = message;
  return `${id}@${originTimestampMicros}:${Buffer.from(payload).toString('latin1')}`;
}
