import { BaseError, type PublicClient, RpcRequestError, size } from 'viem';

/** The precompile that has the block height of an Arbitrum chain, where `block.number` is its parent chain's. */
const ARB_SYS = '0x0000000000000000000000000000000000000064';
/** Selector of `arbBlockNumber()`. */
const ARB_BLOCK_NUMBER = '0xa3b1b31d';

/**
 * Asks the chain as the bridges' constructors do: the answer has 32 bytes on Arbitrum chains alone.
 * @throws viem's errors when the node does not answer.
 */
export async function hasArbSys(reader: PublicClient): Promise<boolean> {
  try {
    const { data } = await reader.call({ to: ARB_SYS, data: ARB_BLOCK_NUMBER });
    return data !== undefined && size(data) === 32;
  } catch (error) {
    // Another precompile at this address fails.
    if (error instanceof BaseError && error.walk((cause) => cause instanceof RpcRequestError) !== null) return false;
    throw error;
  }
}
