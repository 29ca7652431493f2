import { type Address, type PublicClient, isAddressEqual, zeroAddress } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { Side } from '../../protocol/lane.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { ReceiptError } from '../../protocol/receipts/receipt-error.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import { type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { exitViews } from '../../sdk/exit-views.ts';
import type { AppConfig } from '../page-config.ts';

type Match = 'same' | 'other' | 'unknown';

/** A block that a receipt rests on, compared with a node of this page. */
export interface Compared extends Premise {
  readonly match: Match;
}

export type Read =
  | { readonly kind: 'refused'; readonly problem: string }
  | {
      readonly kind: 'holds';
      readonly verdict: ReceiptVerdict;
      /** True if it is of the two bridges of this page. */
      readonly isOurs: boolean;
      readonly restsOn: readonly Compared[];
      /** The Anchors contract, compared with the one that the exits of this page's bridge name. */
      readonly anchorsMatch: Match;
    };

/** Verifies a receipt offline, then compares what it rests on with this page's nodes. The file may not be readable. */
export async function readReceipt(
  file: Blob,
  { chains }: AppConfig,
  readers: Readonly<Record<Side, PublicClient>>,
): Promise<Read> {
  try {
    const verdict = await verifyReceipt(parseReceiptText(await file.text()));
    const isOurs = (['main', 'product'] as const).every(
      (side) => verdict[side].chainId === chains[side].chainId && verdict[side].bridge === chains[side].bridge,
    );
    const compare = async (premise: Premise): Promise<Compared> => {
      const { side, chainId } = premise;
      if (side === undefined || chainId !== chains[side].chainId) return { ...premise, match: 'unknown' };
      try {
        const { hash } = await readers[side].getBlock({ blockNumber: BigInt(premise.number) });
        return { ...premise, match: hash === premise.hash ? 'same' : 'other' };
      } catch {
        return { ...premise, match: 'unknown' };
      }
    };
    const contract = isOurs ? verdict.anchor?.contract : undefined;
    const [restsOn, anchorsMatch] = await Promise.all([
      Promise.all(verdict.restsOn.map(compare)),
      contract === undefined ? ('unknown' as const) : compareAnchors(readers.main, chains.main.bridge, contract),
    ]);
    return { kind: 'holds', verdict, isOurs, restsOn, anchorsMatch };
  } catch (error) {
    if (error instanceof ReceiptError || error instanceof DOMException)
      return { kind: 'refused', problem: error.message };
    throw error;
  }
}

/**
 * `unknown` for a bridge without exits: nothing on the chain binds its Anchors contract to it. SECURITY: any contract can name the
 * bridge, and emit an anchor that nobody signed.
 */
async function compareAnchors(main: PublicClient, bridge: Address, contract: Address): Promise<Match> {
  try {
    const exits = await main.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'exits' });
    if (exits === zeroAddress) return 'unknown';
    const named = await main.readContract({ address: exits, abi: exitViews, functionName: 'anchors' });
    return isAddressEqual(named, contract) ? 'same' : 'other';
  } catch {
    return 'unknown';
  }
}
