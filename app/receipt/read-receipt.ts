import type { PublicClient } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { ReceiptError } from '../../protocol/receipts/receipt-error.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import { type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import type { AppConfig } from '../page-config.ts';

/** A block that a receipt rests on, compared with a node of this page. */
export interface Compared extends Premise {
  readonly match: 'same' | 'other' | 'unknown';
}

export type Read =
  | { readonly kind: 'refused'; readonly problem: string }
  | {
      readonly kind: 'holds';
      readonly verdict: ReceiptVerdict;
      /** True if it is of the two bridges of this page. */
      readonly isOurs: boolean;
      readonly restsOn: readonly Compared[];
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
    return { kind: 'holds', verdict, isOurs, restsOn: await Promise.all(verdict.restsOn.map(compare)) };
  } catch (error) {
    if (error instanceof ReceiptError || error instanceof DOMException)
      return { kind: 'refused', problem: error.message };
    throw error;
  }
}
