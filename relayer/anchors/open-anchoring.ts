import type { Side } from '../../protocol/lane.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Config } from '../config.ts';
import type { AnchorStore } from '../store/anchor-store.ts';
import { type AnchorsTerms, type ExitTerms, readExit, readTerms } from './anchors-contract.ts';
import { type ChainHistory, createChainHistory } from './chain-history.ts';

/** What the signing gate compares anchors with, before anything can be signed. */
export interface Anchoring {
  readonly terms: AnchorsTerms;
  readonly history: ChainHistory;
  readonly everySeconds: number;
  /** Undefined on a bridge without exits. */
  readonly exit: ExitTerms | undefined;
}

/**
 * Opens the history of a bridge's product chain as far as it was read.
 * @param openStore Opens the stored history, from a first block on.
 * @returns undefined without the setting `anchors`.
 * @throws {PegwayError} exit code 2 when the contract is of another bridge or chain.
 */
export async function openAnchoring(
  config: Pick<Config, 'anchors'>,
  { main, product }: Readonly<Record<Side, ChainClient>>,
  openStore: (first: bigint) => AnchorStore,
): Promise<Anchoring | undefined> {
  if (config.anchors === undefined) return undefined;
  const { contract, everySeconds } = config.anchors;
  const [terms, exit] = await Promise.all([readTerms(main, product, contract), readExit(main)]);
  const first = terms.firstBlock;
  const history = createChainHistory({ chain: product, first, store: openStore(first) });
  return { terms, history, everySeconds, exit };
}
