import { type Hash, type Hex, numberToHex } from 'viem';

import { type Chain, call, keepTime } from '../../cli/devnet/anvil.ts';

export interface Block {
  readonly number: bigint;
  readonly hash: Hash;
  readonly timestamp: bigint;
}

/** A chain with the test as its consensus. A method is absent where the client cannot do it. */
export interface ChainDriver {
  /** One more block, with these signed transactions, or with those of the pool. */
  build(transactions?: readonly Hex[]): Promise<Block>;
  /** One more block, this much chain time later. Chain time runs ahead of the clock from then on. */
  pass(seconds: number): Promise<Block>;
  /** Makes this height final and safe; never lower than before. */
  finalize?(number: bigint): Promise<void>;
  /** Replaces the newest `depth` blocks by one empty block more, so that nothing of them happened. Not below the final one. */
  reorg?(depth: number): Promise<Block>;
  /** Removes all transactions from the pool. */
  drop?(): Promise<void>;
  /** Multiplies the base fee of the next block. */
  multiplyBaseFee?(factor: bigint): Promise<void>;
  /**
   * From now on a block every so many milliseconds; the one `lag` blocks before the newest is final. Blocks take a second
   * of chain time each, or follow the clock where they are a second or more apart.
   */
  start(milliseconds: number, lag?: bigint): Promise<void>;
  /** Stops the blocks of `start`. Resolves when the last one is in. */
  halt(): Promise<void>;
}

/** Above it, a base fee is not raised further: relayers have a cap. */
const HIGHEST_BASE_FEE = 10n ** 12n;

/** anvil's methods for tests. Its own reorganisations leave a chain that contradicts itself, so there are none. */
export function driveAnvil({ rpcUrl }: Pick<Chain, 'rpcUrl'>): ChainDriver {
  const newest = async (): Promise<Block & { readonly baseFeePerGas: bigint }> => {
    const block = (await call(rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as Record<string, Hex>;
    const quantity = (field: string) => BigInt(block[field] ?? '0x0');
    return {
      ...{ number: quantity('number'), hash: block['hash'] ?? '0x', timestamp: quantity('timestamp') },
      baseFeePerGas: quantity('baseFeePerGas'),
    };
  };
  return {
    async build(transactions = []) {
      for (const raw of transactions) await call(rpcUrl, 'eth_sendRawTransaction', raw);
      await call(rpcUrl, 'evm_mine');
      return newest();
    },
    async pass(seconds) {
      await call(rpcUrl, 'evm_increaseTime', seconds);
      await call(rpcUrl, 'evm_mine');
      return newest();
    },
    async drop() {
      await call(rpcUrl, 'anvil_dropAllTransactions');
    },
    async multiplyBaseFee(factor) {
      const high = (await newest()).baseFeePerGas * factor;
      // It falls by an eighth with each block below the gas target.
      if (high < HIGHEST_BASE_FEE) await call(rpcUrl, 'anvil_setNextBlockBaseFeePerGas', numberToHex(high));
    },
    start: (milliseconds) => keepTime({ rpcUrl }, milliseconds / 1_000),
    async halt() {
      await call(rpcUrl, 'evm_setIntervalMining', 0);
    },
  };
}
