import { lookup } from 'node:dns/promises';

import { canonicalAddress, createRangeMatcher } from './address.ts';
import type { Config } from '../config.ts';

/** Network addresses from which the configured peers send requests. */
export interface PeerSources {
  /** Number of peers that send from this address: several relayers may share a host. */
  peersAt(address: string): number;
}

export interface PeerSourcesOptions {
  readonly peers: Config['peers'];
  /** Addresses of a host name. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Names are resolved again when an unknown address sends a request, at most this often. */
const REFRESH_SECONDS = 60;

const resolveHost = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * A peer is recognized by the addresses of its URL, and by its configured `from`. A request costs no signature check for that.
 *
 * SECURITY: signatures of signers are public on chain, so a valid signature does not prove that its sender is a signer's relayer.
 * A TCP connection proves its address.
 */
export function createPeerSources({ peers, resolve = resolveHost, now }: PeerSourcesOptions): PeerSources {
  const matchers = peers.map(({ from = [] }) => createRangeMatcher(from));
  const hosts = peers.map(({ url }) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  /** By peer; the last result of a name that cannot be resolved now. */
  const addresses = hosts.map((): readonly string[] => []);
  let readAt = -Infinity;

  const refresh = async (): Promise<void> => {
    readAt = now();
    await Promise.all(
      hosts.map(async (host, index) => {
        const found = await resolve(host).catch(() => undefined);
        if (found !== undefined) addresses[index] = found.map(canonicalAddress);
      }),
    );
  };
  void refresh();

  const isFrom = (index: number, address: string): boolean =>
    (addresses[index] ?? []).includes(address) || matchers[index]?.(address) === true;

  return {
    peersAt(text) {
      const address = canonicalAddress(text);
      const count = peers.filter((_, index) => isFrom(index, address)).length;
      if (count === 0 && now() - readAt >= REFRESH_SECONDS) void refresh();
      return count;
    },
  };
}
