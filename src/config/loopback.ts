import { isWithin, parseAddress, parseNetwork } from '../models/network.ts';

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork);

/** Whether nobody but this machine can reach what listens on `host`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const address = parseAddress(host);
  return (
    address !== undefined &&
    LOOPBACK.some((network) => network !== undefined && isWithin(address, network))
  );
}
