import { topicKey, type TopicName } from './topology.ts';

/** The partition that a send goes to. */
export interface Destination extends TopicName {
  readonly partitionId: number;
}

/** One string per partition. */
export function destinationKey(destination: Destination): string {
  return `${destination.partitionId}/${topicKey(destination)}`;
}
