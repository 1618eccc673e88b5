import ipaddr from 'ipaddr.js';

/** An IP address. An IPv4 address in an IPv6 coat (`::ffff:192.0.2.1`) is an IPv4 address. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

export type Network = readonly [address: Address, prefixBits: number];

/** The part of an IPv6 address that one customer of a network usually gets: 64 bits. */
const CLIENT_PREFIX_GROUPS = 4;

/** How many bits of an IPv4-mapped IPv6 address come before the IPv4 address. */
const MAPPED_PREFIX_BITS = 96;

export function parseAddress(text: string): Address | undefined {
  // Other forms of IPv4 (octal, hexadecimal, short) are read differently by different programs.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** A network in CIDR notation, or one address. */
export function parseNetwork(text: string): Network | undefined {
  const [host = '', prefix, ...more] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || more.length > 0) return undefined;
  const addressBits = address.kind() === 'ipv4' ? 32 : 128;
  if (prefix === undefined) return [address, addressBits];
  if (!/^\d{1,3}$/.test(prefix)) return undefined;
  const isMapped = address.kind() === 'ipv4' && host.includes(':');
  const prefixBits = Number(prefix) - (isMapped ? MAPPED_PREFIX_BITS : 0);
  return prefixBits >= 0 && prefixBits <= addressBits ? [address, prefixBits] : undefined;
}

export function isWithin(address: Address, [network, prefixBits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, prefixBits);
}

/** The one way to write it: RFC 5952, without the zone, which is a name that only one machine knows. */
export function addressText(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString();
  return new ipaddr.IPv6(address.parts).toRFC5952String();
}

/**
 * What a client is counted by: its IPv4 address, or its IPv6 network of 64 bits, because whoever has one
 * IPv6 address has 2^64 of them. What is no address is counted by itself.
 */
export function limitKeyOf(client: string): string {
  const address = client.includes(':') ? parseAddress(client) : undefined;
  if (!(address instanceof ipaddr.IPv6)) return client;
  const groups = address.parts.slice(0, CLIENT_PREFIX_GROUPS);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}
