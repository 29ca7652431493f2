import type { Address } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import type { Chain } from '../../relayer/cli/devnet/anvil.ts';
import { newKeys } from '../../relayer/cli/devnet/fleet.ts';
import { deployMainTokens } from '../../relayer/cli/devnet/tokens.ts';
import { type PairAddresses, deployPair } from '../../relayer/cli/deploy/pair.ts';

/** A pair of bridges with signers of whom no relayer runs. */
export async function deployTestBridge(
  chains: { readonly main: Chain; readonly product: Chain },
  signers: readonly Address[] = newKeys(6).map(({ address }) => address),
): Promise<PairAddresses> {
  // The first account that anvil funds.
  const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
  const deployer = ({ rpcUrl, chainId }: Chain) => ({ rpcUrl, chainId, account });
  const main = deployer(chains.main);
  return deployPair({
    main,
    product: deployer(chains.product),
    signers,
    threshold: 4,
    delays: { governanceDelay: 60, parkDelay: 60, pauseDuration: 60, bounceDelay: 60 },
    pegs: await deployMainTokens(main),
  });
}
