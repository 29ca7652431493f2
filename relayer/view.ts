import type { Address } from 'viem';

import type { Config } from './config.ts';
import type { PublicView } from './peers/routes.ts';
import type { Bridges } from './state/bridges.ts';
import type { Ledger } from './state/ledger.ts';
import type { Problems } from './state/problems.ts';
import { waitingFor } from './state/waiting.ts';
import type { History, HistoryItem } from './store/history.ts';
import { type Lane, type Side, laneKey } from './transfer/lane.ts';
import { isLimited } from './transfer/peg.ts';
import type { Reason } from './transfer/reasons.ts';
import { viewOf } from './transfer/view.ts';

export interface ViewOptions {
  readonly version: string;
  readonly address: Address;
  readonly config: Config;
  readonly bridges: Bridges;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly watches: Readonly<Record<Side, { readonly head: { readonly number: bigint } | undefined }>>;
  readonly history: History;
  readonly problems: Problems;
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly now: () => number;
}

/** What the public port tells, read from what this relayer knows. */
export function publicView(options: ViewOptions): Omit<PublicView, 'attest'> {
  const { bridges, ledgers, history, now } = options;

  const reasonOf = ({ transfer: { lane, nonce } }: HistoryItem): Reason | undefined => {
    const entry = ledgers.get(laneKey(lane))?.get(nonce);
    return entry === undefined ? undefined : waitingFor(entry, options.obstacle(lane));
  };

  const view = (item: HistoryItem) => viewOf(item.transfer, item.status, reasonOf(item), item.executedTransaction);

  return {
    status: () => ({
      version: options.version,
      address: options.address,
      bridges: Object.fromEntries(
        (['main', 'product'] as const).map((side) => {
          const state = bridges.state(side);
          const { rpcUrls, rpcQuorum, proof } = options.config[side];
          return [
            side,
            {
              ...bridges.pair[side],
              role: state.signers.includes(options.address) ? 'signer' : 'observer',
              index: state.signers.indexOf(options.address),
              signers: state.signers,
              threshold: state.threshold,
              signerEpoch: state.signerEpoch,
              pausedUntil: state.pausedUntil,
              scannedBlock: options.watches[side].head?.number,
              trust: { nodes: rpcUrls.length, quorum: rpcQuorum, proof, trustsOneNode: rpcQuorum === 1 },
            },
          ];
        }),
      ),
      lanes: [...ledgers.values()].map((ledger) => {
        const entries = ledger.entries();
        return {
          ...ledger.lane,
          nextNonce: ledger.nextNonce,
          open: entries.filter(({ parked }) => !parked).length,
          parked: entries.filter(({ parked }) => parked).length,
          oldestSeconds: entries[0] === undefined ? undefined : Math.round(now() - entries[0].readyAt),
          reason: options.obstacle(ledger.lane),
        };
      }),
      problems: options.problems.list(),
    }),

    pegs: () =>
      [...bridges.state('product').pegs.values()].map((product) => {
        const { mainToken, productToken, numerator, denominator } = product;
        const main = bridges.state('main').pegs.get(productToken);
        const limit = (peg: typeof product) =>
          isLimited(peg) ? { capacity: peg.capacity, refillPerSecond: peg.refillPerSecond } : null;
        return {
          mainToken,
          productToken,
          numerator,
          denominator,
          retired: main?.retired ?? false,
          minimumDeposit: main?.minimum,
          minimumRedeem: product.minimum,
          withdrawLimit: main === undefined ? undefined : limit(main),
          mintLimit: limit(product),
        };
      }),

    transfers({ account, direction, status, limit, cursor }) {
      const items = history.list({ account, direction, status, limit, before: cursor });
      const fromNonce = Object.fromEntries(
        [...ledgers.values()].map(({ lane, nextNonce }) => [laneKey(lane), history.oldest(lane) ?? nextNonce]),
      );
      return {
        complete: Object.values(fromNonce).every((nonce) => nonce === 0n),
        fromNonce,
        transfers: items.map(view),
        cursor: items.length === limit ? items.at(-1)?.id : undefined,
      };
    },

    transfer({ direction, productToken, nonce }) {
      const item = history.get({ direction, productToken }, nonce);
      return item === undefined ? undefined : view(item);
    },
  };
}
