import {
  commands,
  decodeBody,
  decodeRequest,
  decodeServerFrame,
  encodeAccepted,
  encodeBody,
  encodeReply,
  encodeRequest,
  Operation,
  replyOutcome,
} from '../../src/iggy-protocol/index.ts';

/** Puts a frame in the place of another on its way to the broker, and the answer right on its way back. */
export type Meddling = (frame: Buffer) => Meddled;

interface Meddled {
  readonly frame: Buffer;
  readonly rewrite: (answer: Buffer) => Buffer;
}

/** No deduplication: each write to a partition reaches the broker under a number it has never seen. */
export function forgetful(): Meddling {
  let last = 1_000_000n;
  return (frame) => {
    const { header, body } = decodeRequest(frame);
    if (!OF_PARTITIONS.has(header.operation)) return untouched(frame);
    last += 1n;
    return {
      frame: encodeRequest({ ...header, request: last }, body),
      rewrite: (answer) => {
        const decoded = decodeServerFrame(answer);
        if (decoded.kind === 'eviction') return answer;
        return encodeReply({ ...decoded.header, request: header.request }, decoded.body);
      },
    };
  };
}

const OF_PARTITIONS: ReadonlySet<number> = new Set<number>([
  Operation.SendMessages,
  Operation.StoreConsumerOffset,
  Operation.DeleteConsumerOffset,
]);

/** A server from before the release, which does not deduplicate sends, and says how old it is. */
export function preRelease(): Meddling {
  const forget = forgetful();
  return (frame) => {
    const { operation } = decodeRequest(frame).header;
    return operation === Operation.Register ? { frame, rewrite: sayOldVersion } : forget(frame);
  };
}

function sayOldVersion(answer: Buffer): Buffer {
  const decoded = decodeServerFrame(answer);
  if (decoded.kind === 'eviction') return answer;
  const outcome = replyOutcome(decoded.header, decoded.body);
  if (!outcome.ok) return answer;
  const { response } = commands.login;
  const told = { ...decodeBody(response, outcome.payload), serverVersion: '0.9.0-edge.5' };
  return encodeReply(decoded.header, encodeAccepted(encodeBody(response, told)));
}

function untouched(frame: Buffer): Meddled {
  return { frame, rewrite: (answer) => answer };
}
