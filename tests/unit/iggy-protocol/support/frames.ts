import { decodeServerFrame, type ServerFrame } from '../../../../src/iggy-protocol/index.ts';
import { fromHex } from '../../../support/vectors.ts';

export function decodeReply(hex: string): Extract<ServerFrame, { kind: 'reply' }> {
  const frame = decodeServerFrame(fromHex(hex));
  if (frame.kind !== 'reply') throw new Error(`${frame.kind} is no reply`);
  return frame;
}

export function decodeEviction(hex: string): Extract<ServerFrame, { kind: 'eviction' }> {
  const frame = decodeServerFrame(fromHex(hex));
  if (frame.kind !== 'eviction') throw new Error(`${frame.kind} is no eviction`);
  return frame;
}
