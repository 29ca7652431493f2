import { getConnection, switchChain } from 'wagmi/actions';

import type { Side } from '../../protocol/lane.ts';
import type { Machine } from '../context.ts';

/** Brings the wallet to one side's chain; the wallet asks its owner where it is elsewhere. */
export async function chainInWallet(
  { config, wagmi }: Machine,
  side: Side,
  onSwitch: () => void = () => undefined,
): Promise<number> {
  const { chainId } = config.chains[side];
  if (getConnection(wagmi).chainId !== chainId) {
    onSwitch();
    await switchChain(wagmi, { chainId });
  }
  return chainId;
}
