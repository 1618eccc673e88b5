import { ALL_PERMISSIONS } from '../../src/iggy-broker/users.ts';
import { type Command, commands, type Permissions } from '../../src/iggy-protocol/index.ts';
import { named } from '../../tests/support/broker-client.ts';
import { GROUPS, PASSWORD, STREAMS, TOPICS, USERS } from './requests.ts';

/** Asks something of the broker; whatever becomes of it. */
export type Ask = <Request>(command: Command<Request, unknown>, request: Request) => unknown;

const ALL_RIGHTS: Permissions = { global: ALL_PERMISSIONS, streams: [] };

/** Makes what visitors talk about, as far as it is not there. */
export async function furnish(ask: Ask): Promise<void> {
  for (const name of STREAMS) {
    const stream = named(name);
    await ask(commands.createStream, { name, options: [] });
    for (const [index, topic] of TOPICS.entries()) {
      const partitionsCount = index === 0 ? 3 : 1;
      await ask(commands.createTopic, { stream, name: topic, partitionsCount, options: [] });
      for (const group of GROUPS) {
        await ask(commands.createConsumerGroup, { stream, topic: named(topic), name: group });
      }
    }
  }
  for (const username of USERS) {
    await ask(commands.createUser, {
      username,
      password: PASSWORD,
      status: 1,
      permissions: ALL_RIGHTS,
      options: [],
    });
  }
}
