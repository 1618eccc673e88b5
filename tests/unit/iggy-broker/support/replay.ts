import { commands, decodeRequest, Operation } from '../../../../src/iggy-protocol/index.ts';
import { resultOf } from '../../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../../support/start-broker.ts';
import { type Exchange, loadObserved } from '../../iggy-protocol/support/observed.ts';
import { MAIN_SESSION, recordedSession } from './recorded-session.ts';
import {
  fillErrors,
  fillSession,
  joinGroup,
  makeOtherStreams,
  makeTargets,
  removeExtra,
} from './unrecorded.ts';

/** A recorded exchange, and what the broker answers to the same request in the same place. */
export interface Replayed {
  exchange: Exchange;
  answer: Buffer | undefined;
}

/** Brings a fresh broker to where the recorded server was; its clients are gone when this returns. */
function prepare(broker: InProcessBroker, make: (client: InProcessClient) => void): void {
  const client = broker.client();
  make(client);
  broker.core.disconnect(client.id);
}

/** Sends what was recorded of one evening, request after request, and what is known to lie between. */
export function replaySession(): Replayed[] {
  const broker = new InProcessBroker();
  prepare(broker, makeOtherStreams);
  const clients = new Map<bigint, InProcessClient>();
  const loggedIn = new Set<bigint>();
  let reached = 0n;
  return recordedSession().map(({ exchange, header }) => {
    const client = clients.get(header.client) ?? broker.connect(header.client);
    clients.set(header.client, client);
    if (header.operation === Operation.Register) loggedIn.add(header.client);
    // Two of the clients logged in off the record.
    if (header.session > 0n && !loggedIn.has(header.client)) client.logIn();
    if (header.session > 0n) loggedIn.add(header.client);
    for (; header.session === MAIN_SESSION && reached < header.request; reached += 1n) {
      client.identity.request = reached;
      fillSession(client, reached);
    }
    const answer = client.answer(exchange.request);
    if (exchange.name === 'second-register') joinAs(client, answer);
    prepare(broker, (keeper) => removeExtra(keeper, exchange.name));
    return { exchange, answer };
  });
}

function joinAs(client: InProcessClient, login: Buffer | undefined): void {
  const result = resultOf(commands.login, login);
  if (!result.ok) throw new Error('the second member was not let in');
  client.identity.session = result.value.session;
  joinGroup(client);
}

/** The experiments with errors: one connection each, but for those of the main client. */
export function replayErrors(): Replayed[] {
  const broker = new InProcessBroker();
  prepare(broker, (client) => {
    makeOtherStreams(client);
    makeTargets(client);
  });
  const exchanges = loadObserved('errors');
  const [first] = exchanges;
  if (first === undefined) throw new Error('nothing was recorded');
  const main = decodeRequest(first.request).header.client;
  const connections = new Map([['', broker.client(main)]]);
  const reached = new Set<string>();
  return exchanges.map((exchange) => {
    const { client: id } = decodeRequest(exchange.request).header;
    const place = id === main ? '' : exchange.name;
    const connection = connections.get(place) ?? broker.connect(id);
    connections.set(place, connection);
    if (!reached.has(exchange.name)) prepare(broker, (client) => fillErrors(client, exchange.name));
    reached.add(exchange.name);
    const answer = connection.answer(exchange.request);
    // Where the real server let the connection live, it was asked once more; here it is gone.
    if (answer === undefined) connections.set(place, broker.client(id));
    return { exchange, answer };
  });
}
