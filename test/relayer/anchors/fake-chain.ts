import { type Hex, numberToHex, zeroAddress, zeroHash } from 'viem';

import { type RpcHeader, headerHash } from '../../../protocol/proof/header.ts';
import type { ChainReader } from '../../../relayer/chain/chain-reader.ts';
import type { Head } from '../../../relayer/chain/finality.ts';
import { createLinkedHashes } from '../../../relayer/chain/linked-hashes.ts';

/** The answer of one node for a block of the chain. */
export type Node = (header: RpcHeader) => RpcHeader | null;

export const honest: Node = (header) => header;

/** A chain of real headers from block 0 on. `salt` distinguishes its blocks from those of another chain, from `fork` on. */
export function chainOf(length: number, salt = 0, fork = 0): RpcHeader[] {
  const headers: RpcHeader[] = [];
  for (let number = 0; number < length; number++) {
    const header = {
      parentHash: headers.at(-1)?.hash ?? zeroHash,
      sha3Uncles: zeroHash,
      miner: zeroAddress,
      stateRoot: zeroHash,
      transactionsRoot: zeroHash,
      receiptsRoot: zeroHash,
      logsBloom: numberToHex(0, { size: 256 }),
      difficulty: '0x0' as Hex,
      number: numberToHex(number),
      gasLimit: '0x1c9c380' as Hex,
      gasUsed: '0x0' as Hex,
      timestamp: numberToHex(1_000 + 2 * number),
      extraData: numberToHex(number >= fork ? salt : 0, { size: 1 }),
      mixHash: zeroHash,
      nonce: '0x0000000000000000' as Hex,
      hash: zeroHash,
    };
    headers.push({ ...header, hash: headerHash(header, 'ethereum') });
  }
  return headers;
}

export const headOf = (header: RpcHeader): Head => ({
  number: BigInt(header.number),
  hash: header.hash,
  parentHash: header.parentHash,
  timestamp: BigInt(header.timestamp),
  baseFeePerGas: null,
  gasLimit: BigInt(header.gasLimit),
  logsBloom: header.logsBloom,
});

/** A chain behind several nodes. The quorum is honest; single answers come from the nodes in turn until one is accepted. */
export function fakeChain(headers: () => readonly RpcHeader[], nodes: readonly Node[] = [honest]) {
  const counts = { headers: 0 };
  const at = (number: Hex | bigint): RpcHeader => {
    const header = headers()[Number(number)];
    if (header === undefined) throw new Error(`no block ${number}`);
    return header;
  };
  const oneOf: ChainReader['nodes']['oneOf'] = async (_method, attempt) => {
    let failure: unknown;
    for (const [index, node] of nodes.entries()) {
      try {
        return await attempt(<T>(_name: string, params: readonly unknown[]) => {
          counts.headers++;
          return Promise.resolve(node(at(params[0] as Hex)) as T);
        }, `node ${index}`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
  const chain = {
    headerAt: (number: bigint) => Promise.resolve(headOf(at(number))),
    linkedHashes: createLinkedHashes({ name: 'product', oneOf }, 'ethereum'),
  };
  return { chain, counts };
}
