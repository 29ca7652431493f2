import { type Address, erc20Abi } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Holder } from './devnet-holder.ts';
import type { DevnetFile } from './start.ts';

/**
 * Rule 1 on a devnet where nothing is in flight: each peg's collateral at its rate is its product token's supply and fee pot.
 * @throws {PegwayError} naming the peg that does not balance.
 */
export async function auditAtRest(file: DevnetFile, holder: Holder): Promise<void> {
  for (const { productToken, symbol, numerator, denominator } of file.pegs) {
    const locked = await holder.main.reader.readContract({
      address: file.main.bridge,
      abi: mainBridgeAbi,
      functionName: 'locked',
      args: [productToken],
    });
    const supply = await supplyOf(holder, productToken);
    // Fees of redeems are burned when they are taken, and leave as a redeem later.
    const pot = await holder.product.reader.readContract({
      address: file.product.bridge,
      abi: mainBridgeAbi,
      functionName: 'feePot',
      args: [productToken],
    });
    const backed = (locked * BigInt(numerator)) / BigInt(denominator);
    if (backed !== supply + pot) {
      const found = `the supply is ${supply} and the fee pot ${pot}`;
      throw new PegwayError(`${symbol}: ${backed} base units are backed, but ${found}`, {
        code: 'audit-broken',
      });
    }
  }
}

const supplyOf = ({ product }: Holder, address: Address): Promise<bigint> =>
  product.reader.readContract({ address, abi: erc20Abi, functionName: 'totalSupply' });
