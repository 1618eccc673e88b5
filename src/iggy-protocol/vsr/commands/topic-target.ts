import type { Codec } from '../command.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';

/** What most commands about a topic start with. */
export interface TopicTarget {
  stream: Identifier;
  topic: Identifier;
}

/**
 *     stream  Identifier
 *     topic   Identifier
 */
export const topicTarget: Codec<TopicTarget> = {
  write(out, { stream, topic }) {
    writeIdentifier(out, stream);
    writeIdentifier(out, topic);
  },
  read: (input) => ({ stream: readIdentifier(input), topic: readIdentifier(input) }),
};
