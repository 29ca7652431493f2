import { after, before, beforeEach } from 'node:test';

import { type Hex, serializeTransaction } from 'viem';

import { PegwayError } from '../../../../protocol/errors.ts';
import { type Anvil, startAnvil } from './manual-chain.ts';
import { type Node, type World, address, createWorld, gwei, signer } from './world.ts';

export const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof PegwayError && error.code === expected;

export const countOf = async (node: Node): Promise<number> =>
  Number(await node.rpc<Hex>('eth_getTransactionCount', [address, 'latest']));

/** Sends with the same key, outside the manager. */
export async function sendForeign(node: Node, nonce: number, fee = 100n * gwei): Promise<Hex> {
  const transaction = {
    type: 'eip1559',
    chainId: 31337,
    nonce,
    gas: 21_000n,
    to: address,
    value: 0n,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: fee,
  } as const;
  const { r, s, yParity } = await signer.sign(serializeTransaction(transaction));
  return node.rpc('eth_sendRawTransaction', [serializeTransaction(transaction, { r, s, yParity })]);
}

/** A chain with fees for the tests of one suite, which starts each of them from the same block with an empty pool. */
export function startFeeChain() {
  let anvil: Anvil;
  let world: World;
  let snapshot: Hex;

  before(async () => {
    // Two transactions of 30,000 gas per block.
    anvil = await startAnvil('--gas-limit', '70000', '--disable-default-create2-deployer');
    await anvil.mine();
  });
  after(() => anvil.stop());

  beforeEach(async () => {
    if ((snapshot as string | undefined) !== undefined) await anvil.rpc('evm_revert', [snapshot]);
    snapshot = await anvil.rpc('evm_snapshot');
    await anvil.rpc('anvil_dropAllTransactions');
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
    await anvil.mine();
    world = createWorld({ nodes: [anvil] });
  });

  const step = async (blocks = 1, in_ = world): Promise<void> => {
    for (let block = 0; block < blocks; block++) {
      await anvil.mine();
      await in_.see();
    }
  };

  const setBaseFee = async (fee: bigint): Promise<void> => {
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', [`0x${fee.toString(16)}`]);
    await anvil.mine();
  };

  return {
    current: () => ({ anvil, world }),
    /** Replaces the world that `step` shows each block. */
    use: (next: World): World => (world = next),
    step,
    setBaseFee,
  };
}
