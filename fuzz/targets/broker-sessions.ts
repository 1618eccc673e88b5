import fc from 'fast-check';

import { decodeServerFrame } from '../../src/iggy-protocol/index.ts';
import { CoreHost, type CoreLink } from '../broker/core-host.ts';
import { Observer } from '../broker/observer.ts';
import { readBytes } from '../broker/reading.ts';
import { anyVisit, bytesOf, piecesOf, sessionOf, loginOf, type Visit } from '../broker/visit.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const OBSERVER_ID = 1n << 127n;

/**
 * Several clients at once send what began as valid sessions: every frame is answered, once, up to the
 * first that makes no sense, which ends its own connection and no other.
 */
export const brokerSessions = target({
  name: 'broker-sessions',
  arbitrary: fc.array(anyVisit, { minLength: 1, maxLength: 3 }),
  async check(visits) {
    const host = new CoreHost();
    const observer = new Observer(host.client(OBSERVER_ID));
    await observer.moveIn();
    const guests = visits.map((visit) => admit(host, visit));
    const readings = guests.map(({ bytes }) => readBytes(bytes, observer.reserved));
    if (!readings.some(({ isForbidden }) => isForbidden)) {
      await play(host, observer, guests);
      for (const [index, { link, visit }] of guests.entries()) {
        const { answered = 0, isEnded = false } = readings[index] ?? {};
        const count = link.answers.length;
        must(visit.isAbrupt || count === answered, `${answered} frames got ${count} answers`);
        must(visit.isAbrupt || link.isClosed === isEnded, `closed is ${link.isClosed}`);
      }
      host.tidyUp();
      await observer.readAll();
      must(await observer.isAlone(), 'somebody who is gone is still there');
    }
    host.stop();
  },
});

interface Guest {
  readonly visit: Visit;
  readonly link: CoreLink;
  readonly bytes: Buffer;
}

function admit(host: CoreHost, visit: Visit): Guest {
  const link = host.connect();
  const login = loginOf(visit);
  if (login !== undefined) host.receive(link, login);
  return { visit, link, bytes: bytesOf(visit, sessionOf(link.answers.shift())) };
}

/** A piece of each in turn, and the observer goes on in between. */
async function play(host: CoreHost, observer: Observer, guests: readonly Guest[]): Promise<void> {
  const queues = guests.map(({ visit, bytes }) => piecesOf(bytes, visit.pieceBytes));
  while (queues.some((queue) => queue.length > 0)) {
    for (const [index, { link }] of guests.entries()) {
      const piece = queues[index]?.shift();
      if (piece !== undefined) host.receive(link, piece);
    }
    if (observer.sent < 20) await observer.send();
  }
  for (const { link } of guests) {
    for (const answer of link.answers) decodeServerFrame(answer);
    host.hangUp(link);
  }
}
