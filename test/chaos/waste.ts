import { type Hex, hexToNumber, numberToHex } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { sides } from '../../protocol/lane.ts';
import type { ChaosNet } from './net.ts';

/** Outcome of the transactions paid by relayers' accounts on both chains. */
export interface Waste {
  /** Transactions that had an effect. */
  readonly used: number;
  /** Transactions that reverted: another relayer was first, or the bridge rejected them. */
  readonly vain: number;
}

interface Receipt {
  readonly from: Hex;
  readonly status: Hex;
}

const BLOCKS_AT_ONCE = 50;
/** Limit of reverted per useful transactions; without turns, all signers at once would reach five. */
const MOST_VAIN = 1;
/** Allowance for a short run with many faults. */
const ALWAYS = 20;

/** Counts the relayers' transactions over a whole run. */
export async function wasteOf(net: ChaosNet): Promise<Waste> {
  const accounts = new Set(net.devnet.members.map(({ address }) => address.toLowerCase()));
  let [used, vain] = [0, 0];
  for (const side of sides) {
    const { rpcUrl } = net.devnet.file[side];
    const head = hexToNumber((await call(rpcUrl, 'eth_blockNumber')) as Hex);
    for (let from = 0; from <= head; from += BLOCKS_AT_ONCE) {
      const numbers = Array.from({ length: Math.min(BLOCKS_AT_ONCE, head - from + 1) }, (_, index) => from + index);
      const blocks = await Promise.all(
        numbers.map((number) => call(rpcUrl, 'eth_getBlockReceipts', numberToHex(number))),
      );
      for (const receipt of (blocks as (readonly Receipt[] | null)[]).flatMap((block) => block ?? [])) {
        if (!accounts.has(receipt.from.toLowerCase())) continue;
        if (hexToNumber(receipt.status) === 1) used++;
        else vain++;
      }
    }
  }
  return { used, vain };
}

export const isTooMuch = ({ used, vain }: Waste): boolean => vain > ALWAYS + MOST_VAIN * used;
