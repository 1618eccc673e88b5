/** The broker's refusals that mean something to this product (iggy-vsr-0.11 §8). */
export const IGGY_CODE = {
  resourceNotFound: 20,
  transientNotAccepted: 58,
  streamIdNotFound: 1009,
  streamNameNotFound: 1010,
  streamNameAlreadyExists: 1012,
  invalidTopicSize: 1019,
  topicIdNotFound: 2010,
  topicNameNotFound: 2011,
  topicNameAlreadyExists: 2013,
  tooManyPartitions: 2015,
  invalidPartitionsCount: 2019,
  partitionNotFound: 3007,
  noPartitions: 3008,
  unsupportedOptionKey: 4041,
  invalidOptionValue: 4042,
  optionsBlockTooLarge: 4043,
} as const;
