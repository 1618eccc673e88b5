import { commands, Operation } from '../iggy-protocol/index.ts';
import { accountCommands } from './commands/accounts.ts';
import { groupCommands } from './commands/groups.ts';
import { messageCommands } from './commands/messages.ts';
import { offsetCommands } from './commands/offsets.ts';
import { snapshotCommands } from './commands/snapshot.ts';
import { streamCommands } from './commands/streams.ts';
import { systemCommands } from './commands/system.ts';
import { topicCommands } from './commands/topics.ts';
import type { Served } from './served.ts';

const SERVED: readonly Served[] = [
  ...systemCommands,
  ...snapshotCommands,
  ...streamCommands,
  ...topicCommands,
  ...messageCommands,
  ...offsetCommands,
  ...groupCommands,
  ...accountCommands,
];

const isRead = ({ operation }: { operation: number }): boolean =>
  operation === Operation.NonReplicated;

/** Reads, by the code in their header. */
export const READS: ReadonlyMap<number, Served> = new Map(
  SERVED.filter(isRead).map((served) => [served.code, served]),
);

/** Everything that changes something, by operation. */
export const WRITES: ReadonlyMap<number, Served> = new Map(
  SERVED.filter((served) => !isRead(served)).map((served) => [served.operation, served]),
);

/**
 * Codes that are known and not answered as reads (iggy-vsr-0.11 §3): those of operations, and reads of
 * what this broker does not have. The routing of clusters is not among them: to a single node it is
 * unknown (§3.11).
 */
export const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  ...Object.values(commands)
    .filter((command) => !isRead(command))
    .map(({ code }) => code),
  commands.flushUnsavedBuffer.code,
]);
