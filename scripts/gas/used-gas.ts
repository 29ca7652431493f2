// Gas of executed transactions on Hardhat's network, under the prices of either fork.
import { type Hex, numberToHex } from 'viem';

import { provider, publicClient } from '../../test/contracts/support/network.ts';
import { type Step, amsterdamGas } from './amsterdam.ts';
import type { Pair } from './peers.ts';

/** Gas for each transfer, by the number of transfers in the batch. */
export type Figures = Readonly<Record<number, Pair>>;

/** Of a transaction that has no batch, and no recipient whose balance matters. */
export const one = (gas: number): Figures => ({ 1: [gas, gas] });

/** Gas of an executed transaction, under the prices of one fork. */
export type GasOf = (hash: Hex) => Promise<number>;

/** Under the prices of the simulated chain, Cancun's. */
export const usedGas: GasOf = async (hash) => Number((await publicClient.getTransactionReceipt({ hash })).gasUsed);

/** Under the prices of Amsterdam. Each transaction must be alone in its block. */
export const usedGasAmsterdam: GasOf = async (hash) => {
  const { from, to, value, input, blockNumber, gas: gasLimit } = await publicClient.getTransaction({ hash });
  if (to === null) throw new Error(`${hash} creates a contract: the bench prices calls only`);
  const blockTag = numberToHex(blockNumber - 1n);
  const state = { blockNumber: blockNumber - 1n };
  const { structLogs } = (await provider.request({
    method: 'debug_traceTransaction',
    params: [hash, { disableMemory: true, disableStorage: true }],
  })) as { readonly structLogs: readonly Step[] };
  return amsterdamGas(
    { from, to, value, input, gasLimit, steps: structLogs },
    {
      async storage(account, slot) {
        return BigInt(
          (await provider.request({ method: 'eth_getStorageAt', params: [account, slot, blockTag] })) as Hex,
        );
      },
      async isEmpty(address) {
        const [balance, nonce, code] = await Promise.all([
          publicClient.getBalance({ address, ...state }),
          publicClient.getTransactionCount({ address, ...state }),
          publicClient.getCode({ address, ...state }),
        ]);
        return balance === 0n && nonce === 0 && code === undefined;
      },
    },
  );
};
