import type { Address, LocalAccount } from 'viem';

import { readerOf } from './clients.ts';
import { type PairPlan, createPair } from './creation.ts';
import { createContract } from './send.ts';

/** A chain to deploy on, and who pays there. */
export interface PairDeployer {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly account: LocalAccount;
}

export interface PairAddresses {
  readonly mainBridge: Address;
  readonly productBridge: Address;
  /** In the order of the plan's pegs. */
  readonly productTokens: readonly Address[];
}

/** Deploys two bridges that name each other, without a record: for chains that end with the process. */
export async function deployPair(
  plan: PairPlan & { readonly main: PairDeployer; readonly product: PairDeployer },
): Promise<PairAddresses> {
  const origin = async ({ rpcUrl, chainId, account }: PairDeployer) => {
    const from = account.address;
    return { chainId, from, nonce: await readerOf(rpcUrl, chainId).getTransactionCount({ address: from }) };
  };
  const pair = createPair(plan, { main: await origin(plan.main), product: await origin(plan.product) });
  for (const side of ['product', 'main'] as const) {
    const { rpcUrl, chainId, account } = plan[side];
    const { address, data, origin } = pair[side];
    await createContract(
      { address, data, nonce: origin.nonce },
      { reader: readerOf(rpcUrl, chainId), chainId, account },
    );
  }
  return { mainBridge: pair.main.address, productBridge: pair.product.address, productTokens: pair.productTokens };
}
