import { bodyReader } from './body-reader.ts';
import { brokerSessions } from './broker-sessions.ts';
import { connectionStrings } from './connection-strings.ts';
import { eventBodies } from './event-bodies.ts';
import { headers } from './headers.ts';
import { jsonSpans } from './json-spans.ts';
import { keysFiles } from './keys-files.ts';
import { names } from './names.ts';
import { queryStrings } from './query-strings.ts';

/** Everything that reads what somebody else has written. */
export const TARGETS = [
  names,
  eventBodies,
  queryStrings,
  headers,
  connectionStrings,
  bodyReader,
  jsonSpans,
  keysFiles,
  brokerSessions,
] as const;
