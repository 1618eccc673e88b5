/** Something the embedded broker does otherwise than the recorded server, and why. */
interface KnownDifference {
  reason: string;
  /** Names of the experiments; absent: wherever it shows. */
  in?: readonly string[];
  /** Places in the answer, `*` for any number, or `this outcome -> that outcome`. */
  what: readonly string[];
}

/** Release 0.9.0 does so (iggy-vsr-0.11); what was recorded is a pre-release of it. */
const RELEASE: readonly KnownDifference[] = [
  {
    reason: 'durability and consumer_offset_durability took the place of enforce_fsync',
    what: [
      'payload.topic.derivedOptions.consumer_offset_durability',
      'payload.topic.derivedOptions.durability',
      'payload.topic.derivedOptions.enforce_fsync',
      'payload.topics.*.derivedOptions.consumer_offset_durability',
      'payload.topics.*.derivedOptions.durability',
      'payload.topics.*.derivedOptions.enforce_fsync',
      'payload.topics.*.explicitOptions.enforce_fsync',
    ],
  },
  {
    reason: 'these options exist',
    in: ['create-topic-opt-durability-persisted', 'create-topic-opt-consumer-offset-durability'],
    what: ['refused 4041 -> done'],
  },
  {
    reason: 'a plain consumer that names no partition means partition 0',
    in: ['store-offset-no-partition'],
    what: ['refused 20 -> done'],
  },
  {
    reason: 'a partition that is not there is called so: 3007',
    in: ['store-offset-missing-partition'],
    what: ['refused 20 -> refused 3007'],
  },
  {
    reason: 'a topic that is not there is called so: 2010',
    in: ['store-offset-missing-topic', 'get-offset-missing-topic'],
    what: ['refused 20 -> refused 2010', 'done -> refused 2010'],
  },
  {
    reason: 'a member of a group has to name its partition: 6',
    in: ['group-poll-no-partition', 'group-store-offset-no-partition'],
    what: ['done -> refused 6', 'refused 20 -> refused 6'],
  },
  {
    reason: 'a group that is not there is called so: 5000',
    in: ['missing-group-store'],
    what: ['refused 20 -> refused 5000'],
  },
  {
    reason: 'a member that does not own the partition is told so: 5009',
    in: ['second-member-store-not-owned'],
    what: ['refused 20 -> refused 5009'],
  },
  {
    reason: 'a request that cannot be read is refused: 3',
    in: [
      'poll bad strategy kind 9',
      'poll body truncated',
      'send: empty body',
      'send: partitioning kind 9',
    ],
    what: ['done -> refused 3', 'refused 20 -> refused 3'],
  },
];

/** On purpose (docs/interop.md). */
const BETTER: readonly KnownDifference[] = [
  {
    reason: 'a batch that is not sound is refused; the server does not answer at all',
    what: ['nothing -> refused 3', 'nothing -> refused 4027'],
  },
  {
    reason: 'a request that makes no sense ends its connection; the server does not answer at all',
    in: ['op 0', 'request 0 on send', 'register request=1'],
    what: ['nothing -> closed'],
  },
  {
    reason:
      'a batch whose offset deltas are not 0, 1, 2 … is refused; the server stores it and serves wrong offsets',
    in: ['send: offset_delta all zero', 'send: offset_delta 0,5'],
    what: ['done -> refused 3'],
  },
  {
    reason: 'so those batches are not there to be polled',
    in: ['send: offset_delta 0,5'],
    what: [
      'payload.currentOffset',
      'payload.messagesCount',
      'payload.records.length',
      'payload.records.*.checksum',
      'payload.records.*.id',
      'payload.records.*.offset',
      'payload.records.*.originTimestamp',
      'payload.records.*.payload',
      'payload.records.*.userHeaders',
    ],
  },
  {
    reason:
      'an eviction names the client it goes to; the server puts the number of the connection there',
    in: ['before login: send session=1', 'before login: create stream session=1'],
    what: ['client'],
  },
];

/** Of no consequence: no client looks at it, or the recording does not say enough. */
const INDIFFERENT: readonly KnownDifference[] = [
  {
    reason:
      'the position in a reply to a read is the session; the server repeats what the request says it is',
    in: ['session 0 on read after login', 'logout', 'ping-after-logout'],
    what: ['hasPosition'],
  },
  {
    reason: 'the streams of other experiments held messages that were not recorded',
    what: ['payload.streams.*.messagesCount', 'payload.streams.*.sizeBytes'],
  },
  {
    reason: 'the same, and what the server had open for them',
    in: ['get-stats'],
    what: [
      'payload.messagesCount',
      'payload.messagesSizeBytes',
      'payload.partitionsCount',
      'payload.segmentsCount',
      'payload.clientsCount',
    ],
  },
];

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [...RELEASE, ...BETTER, ...INDIFFERENT];

/** The entry that covers a difference, as `reason: what`. */
export function explanationOf(experiment: string, difference: string): string | undefined {
  const isOutcome = difference.includes(' -> ');
  const what = isOutcome ? difference : difference.replaceAll(/\.\d+\./g, '.*.');
  const known = KNOWN_DIFFERENCES.find(
    (it) => it.what.includes(what) && (it.in === undefined || it.in.includes(experiment)),
  );
  return known && `${known.reason}: ${what}`;
}

/** All there is to be found. */
export const EXPLANATIONS: readonly string[] = KNOWN_DIFFERENCES.flatMap(({ reason, what }) =>
  what.map((place) => `${reason}: ${place}`),
);
