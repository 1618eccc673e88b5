import { AppFailure } from './app-failure.ts';
import { EXIT } from './exit-codes.ts';
import {
  type BrokerOptions,
  BrokerStartError,
  type Room,
  type RunningBroker,
  startBroker,
} from './iggy-broker/index.ts';

/** Of a log, what is used here. */
interface RoomLog {
  info(text: string): void;
  warn(text: string): void;
}

/** How what the disk of a broker takes is told: once when it changes, and not for every refusal. */
function tellRoom(name: string, log: RoomLog, room: Room): void {
  switch (room) {
    case 'enough':
      log.info(`${name} takes everything again`);
      break;
    case 'little':
      log.warn(`the disk is nearly full: ${name} refuses what adds to its data`);
      break;
    case 'none':
      log.warn(
        `the disk is full or fails: ${name} cannot write, and refuses what it would have to`,
      );
      break;
  }
}

/**
 * Starts a broker of our own, which the log calls `name`.
 *
 * @throws AppFailure with the code of http-contract §6: 69 if somebody else listens there, else 70
 */
export async function startOwnBroker(
  name: string,
  options: BrokerOptions,
  log: RoomLog,
): Promise<RunningBroker> {
  try {
    return await startBroker({ ...options, onRoom: (room) => tellRoom(name, log, room) });
  } catch (cause) {
    if (!(cause instanceof BrokerStartError)) throw cause;
    const exitCode = cause.reason === 'address-in-use' ? EXIT.unavailable : EXIT.software;
    throw new AppFailure(exitCode, `${name} cannot start: ${cause.message}`, cause);
  }
}
