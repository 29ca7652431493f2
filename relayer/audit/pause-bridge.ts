import { type Address, type Hex, encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import { type BridgeAt, Refused, estimate, view } from '../chain/bridge-contract.ts';
import { type Pair, type PauseStatement, statePause } from '../state/statement.ts';
import type { TxManager } from '../tx/tx-manager.ts';

export interface Pausing {
  readonly bridge: BridgeAt;
  readonly pair: Pair;
  readonly transactions: Pick<TxManager, 'submit'>;
  /** Pays for the transaction. */
  readonly account: Address;
  readonly sign: (statement: PauseStatement) => Promise<Hex>;
}

/**
 * Pauses one bridge with this signer's own key.
 * @returns the bridge's error when it rejects the call: it is already paused, or this signer's previous pause was too
 * recent.
 */
export async function pauseBridge({ bridge, pair, transactions, account, sign }: Pausing): Promise<string | undefined> {
  const call = { address: bridge.address, abi: mainBridgeAbi, agreed: true } as const;
  const [epoch, nonce] = await Promise.all([
    view(bridge.nodes, { ...call, functionName: 'signerEpoch' }),
    view(bridge.nodes, { ...call, functionName: 'pauseNonce' }),
  ]);
  const signature = await sign(statePause(pair, bridge.side, epoch, nonce));
  const data = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'pause', args: [signature] });
  try {
    const gas = gasLimitFor(await estimate(bridge, account, data));
    const note = { pause: nonce.toString() };
    await transactions.submit({ key: `pause-${epoch}-${nonce}`, to: bridge.address, data, gas, note });
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.error;
    throw error;
  }
}
