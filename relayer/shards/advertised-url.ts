import { networkInterfaces } from 'node:os';

import { type HostPort, printHostPort } from '../host-port.ts';

const wildcards = ['0.0.0.0', '::'];

/**
 * Base URL at which the other processes of a signer reach the public port of this one.
 * @param forwardUrl As configured. Otherwise the host that the port listens on, or the first address of this machine that is not
 * a loopback.
 */
export function advertisedUrl(
  { public: at, forwardUrl }: { readonly public: HostPort; readonly forwardUrl?: string | undefined },
  interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces,
): string {
  if (forwardUrl !== undefined) return forwardUrl.replace(/\/$/, '');
  if (!wildcards.includes(at.host)) return `http://${printHostPort(at)}`;
  const addresses = Object.values(interfaces()).flatMap((each) => each ?? []);
  // An IPv6 address with a scope is of use on its own link alone.
  const usable = addresses.filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'));
  const host = (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address ?? '127.0.0.1';
  return `http://${printHostPort({ host, port: at.port })}`;
}
