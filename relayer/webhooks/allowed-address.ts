import { lookup } from 'node:dns';
import { type LookupFunction, isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/**
 * True for a unicast address of the public internet. An allow list: private, loopback, link-local, unique-local, carrier-grade NAT,
 * multicast, documentation and unspecified addresses are refused, and so are IPv6 forms that embed an IPv4 address (6to4, Teredo,
 * NAT64). An IPv4-mapped address counts as its IPv4 address.
 */
export const isPublicAddress = (text: string): boolean =>
  ipaddr.isValid(text) && ipaddr.process(text).range() === 'unicast';

const refused = (host: string, address: string): Error =>
  Object.assign(new Error(`${host} is ${address}, which is not a public address`), { code: 'private-address' });

/** The host of a URL as a socket takes it: an IPv6 address without its brackets. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** A socket resolves no host that is an address, so it is checked here. @throws {Error} for an address that is not public. */
export function requirePublicHost(url: URL): void {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused(url.host, host);
}

/**
 * Resolves a host for a socket, and refuses it when any of its addresses is not public. SECURITY: the socket connects to the
 * addresses returned here, so a name that resolves to another address a moment later (DNS rebinding) gains nothing.
 */
export const lookupPublic: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const [first] = addresses;
    const forbidden = addresses.find(({ address }) => !isPublicAddress(address));
    if (first === undefined || forbidden !== undefined) {
      return callback(refused(host, forbidden?.address ?? 'no address'), '');
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

/** Resolves and checks the host of a URL once, without a connection. @throws {Error} as the connection would. */
export async function resolvePublic(url: URL): Promise<readonly string[]> {
  requirePublicHost(url);
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  return new Promise((resolve, reject) => {
    lookupPublic(host, { all: true }, (error, addresses) => {
      if (error !== null) reject(error);
      else resolve((addresses as { readonly address: string }[]).map(({ address }) => address));
    });
  });
}
