import { describe, expect, test } from 'vitest';

import { Identity } from '../../../../src/iggy-client/connection/identity.ts';
import { encodeCommand } from '../../../../src/iggy-client/connection/request.ts';
import { commands, decodeRequest, Operation } from '../../../../src/iggy-protocol/index.ts';
import type { ScriptedBroker } from '../../../support/scripted-broker.ts';
import { loadVectors } from '../../../support/vectors.ts';
import { HEARTBEAT_MS, openSession } from './open-session.ts';

interface CapturedFrame {
  name: string;
  hex: string;
  answeredWithStatus: number;
}

/** Frames of the official Rust client 0.11.0, captured in this order. */
const captured = loadVectors<CapturedFrame>('vsr-0.11', 'frames-captured');

const rust = { name: 'rust-sdk', version: '0.11.0' };
const patience = new AbortController().signal;

function frame(name: string) {
  const found = captured.find((it) => it.name === `captured/${name}`);
  if (found === undefined) throw new Error(`no frame ${name}`);
  return { ...found, ...decodeRequest(Buffer.from(found.hex, 'hex')) };
}

function hex(requests: ScriptedBroker['requests']): string[] {
  return requests.map(({ bytes }) => bytes.toString('hex'));
}

test('a session writes what the official client writes, number by number and stamp by stamp', async () => {
  const identity = new Identity(frame('1').header.client);
  const { session, broker, clock } = await openSession({ identity, software: rust });
  expect(hex(broker.logins)).toEqual([frame('1').hex]);

  const filler = encodeCommand(commands.deleteStream, { stream: { kind: 'numeric', value: 0 } });
  const steps = captured.slice(2, -5).map(({ name }) => frame(name.replace('captured/', '')));
  for (const [index, { header, body, hex: bytes, answeredWithStatus }] of steps.entries()) {
    // Repetitions of the frame before: 57, 57, 58.
    if (steps[index - 1]?.hex === bytes) continue;
    // The capture left some frames out.
    broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
    for (let n = nextNumber(identity); n < header.request; n = nextNumber(identity)) {
      await session.request({ ...filler, signal: patience });
    }
    const answers = [
      answeredWithStatus,
      ...steps.slice(index + 1).map((it) => it.answeredWithStatus),
    ];
    const sofar = broker.requests.length;
    broker.onRequest = (request) => {
      const status = answers.shift() ?? 0;
      if (status === 0) request.acceptPayload(Buffer.alloc(0));
      else request.deny(status);
    };
    const code = header.code ?? 0;
    const outcome = session.request({ operation: header.operation, code, body, signal: patience });
    await clock.advance(200);
    expect(await outcome).toMatchObject({ kind: 'answered' });
    const copies = steps.filter((it) => it.hex === bytes).length;
    const arrived = isClusterRead(header)
      ? broker.questions.slice(1)
      : broker.requests.slice(sofar);
    expect(hex(arrived)).toEqual(Array.from({ length: copies }, () => bytes));
  }
});

/** Our session asks this by itself, and the scripted broker keeps it apart. */
function isClusterRead({ operation, code }: { operation: number; code: number | null }): boolean {
  return operation === Operation.NonReplicated && code === commands.getClusterMetadata.code;
}

/** What a read would be numbered with: numbers move with everything else. */
function nextNumber(identity: Identity): bigint {
  return identity.numberFor(commands.ping.operation);
}

describe('of the rest of a session', () => {
  test('login, ping and logout are the official ones', async () => {
    const { broker, session, clock } = await openSession({
      identity: new Identity(frame('35').header.client),
      software: rust,
      credentials: { username: 'iggy', password: 'other-password' },
    });
    await clock.advance(HEARTBEAT_MS);
    await session.logOut(100);
    expect(hex([...broker.logins, ...broker.pings, ...broker.logouts])).toEqual(
      ['35', '36', '37'].map((name) => frame(name).hex),
    );
  });

  test('a login with a token is the official one', async () => {
    const { broker } = await openSession({
      identity: new Identity(frame('38').header.client),
      software: rust,
      credentials: { token: 'dG9rZW4=' },
    });
    expect(hex(broker.logins)).toEqual([frame('38').hex]);
  });
});
