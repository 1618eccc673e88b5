import type { IncomingMessage } from 'node:http';

import {
  type Address,
  addressText,
  isWithin,
  parseAddress,
  parseNetwork,
} from '../models/network.ts';

/** What stands in place of the address of a connection that is gone already. */
const NOBODY = 'unknown';

export type ClientAddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/**
 * Tells the client's address (http-contract §4): the peer, unless the peer is one of our own proxies. Then it is
 * the rightmost entry of `X-Forwarded-For` that is none of them, or `X-Real-IP` where there is no such
 * entry. What stands further left was written by the client, who may write anything.
 *
 * @param trustedProxies addresses and networks in CIDR notation, already checked.
 */
export function clientAddressBy(trustedProxies: readonly string[]): ClientAddressOf {
  const networks = trustedProxies.map(parseNetwork).filter((it) => it !== undefined);
  const isTrusted = (address: Address): boolean => networks.some((it) => isWithin(address, it));

  /** Of connections from elsewhere: whatever they ask for, they are their own clients. */
  const peers = new WeakMap<object, string>();

  return ({ headers, socket }) => {
    const known = peers.get(socket);
    if (known !== undefined) return known;
    const peer = parseAddress(socket.remoteAddress ?? '');
    if (peer === undefined) return NOBODY;
    if (isTrusted(peer)) return addressText(behindProxies(headers, peer, isTrusted));
    const text = addressText(peer);
    peers.set(socket, text);
    return text;
  };
}

function behindProxies(
  headers: IncomingMessage['headers'],
  peer: Address,
  isTrusted: (address: Address) => boolean,
): Address {
  let nearest = peer;
  for (const entry of listOf(headers['x-forwarded-for']).toReversed()) {
    const address = parseEntry(entry);
    // A proxy of ours has passed on what is no address: the client is whoever is known to have come before.
    if (address === undefined) return nearest;
    if (!isTrusted(address)) return address;
    nearest = address;
  }
  return parseEntry(listOf(headers['x-real-ip']).at(-1) ?? '') ?? nearest;
}

function listOf(header: string | string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** An entry may name a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function parseEntry(entry: string): Address | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry)?.[1];
  const withPort = /^([\d.]+):\d{1,5}$/.exec(entry)?.[1];
  return parseAddress(bracketed ?? withPort ?? entry);
}
