import { lookup } from 'node:dns/promises';

import { canonicalAddress, createRangeMatcher } from './address.ts';
import type { Config } from '../config.ts';

/** Network addresses from which the configured peers send requests. */
export interface PeerSources {
  /** Number of peers that send from this address: several relayers may share a host. */
  peersAt(address: string): number;
}

/** The addresses of one peer. */
interface Source {
  readonly host: string;
  /** True for an address of its `from`. */
  readonly isNamed: (address: string) => boolean;
  /** The last result of a name that cannot be resolved now. */
  addresses: readonly string[];
}

export interface PeerSourcesOptions {
  /** A new list after a reload. */
  readonly peers: () => Config['peers'];
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
  let known: readonly Source[] = [];
  let listed: Config['peers'] | undefined;
  let readAt = -Infinity;

  const refresh = async (): Promise<void> => {
    readAt = now();
    await Promise.all(
      known.map(async (source) => {
        const found = await resolve(source.host).catch(() => undefined);
        if (found !== undefined) source.addresses = found.map(canonicalAddress);
      }),
    );
  };
  const sources = (): readonly Source[] => {
    if (listed === peers()) return known;
    listed = peers();
    known = listed.map(({ url, from = [] }) => ({
      ...{ host: new URL(url).hostname.replace(/^\[|\]$/g, ''), isNamed: createRangeMatcher(from), addresses: [] },
    }));
    void refresh();
    return known;
  };
  sources();

  return {
    peersAt(text) {
      const address = canonicalAddress(text);
      const count = sources().filter(
        ({ addresses, isNamed }) => addresses.includes(address) || isNamed(address),
      ).length;
      if (count === 0 && now() - readAt >= REFRESH_SECONDS) void refresh();
      return count;
    },
  };
}
