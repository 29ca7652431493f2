import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type Lane, destinationOf } from '../../protocol/lane.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { Config } from '../../relayer/config.ts';
import { requireAnswers } from './answering.ts';
import type { TokenName } from './format.ts';
import { openChainClients } from './target.ts';
import { readName } from './token-name.ts';

/**
 * The token that a lane pays out. For display only: undefined when its chain is silent for 6 s, or does not have it, so that
 * a command without any other need of a chain works without one.
 */
export async function readPaidToken(config: Config, { direction, productToken }: Lane): Promise<TokenName | undefined> {
  await using chains = openChainClients(config);
  const chain = chains[destinationOf(direction)];
  try {
    await requireAnswers(chain);
    if (direction === 'mint') return await readName(chain, productToken);
    const call = { abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
    const { mainToken } = await view(chain.nodes, { address: chain.address, ...call });
    return await readName(chain, mainToken);
  } catch {
    return undefined;
  }
}
