import {
  type Address,
  type Hex,
  getAbiItem,
  getAddress,
  numberToHex,
  parseAbiItem,
  toEventSelector,
  zeroAddress,
} from 'viem';

import { exitAddressAbi } from '../../protocol/abi.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { Ask } from '../../protocol/exits/take-snapshot.ts';

/** The accounts with anything to claim by proofs of the product chain's state, as far as blocks were read. */
export interface AccountBook {
  /** Accounts that have ever held the product token. */
  holders(productToken: Address): ReadonlySet<Address>;
  /** Accounts that have ever named an address in `ExitAddress`. */
  readonly named: ReadonlySet<Address>;
  /** Reads on up to a block. A failed reading is continued by the next. */
  catchUp(ask: Ask, productTokens: readonly Address[], to: bigint): Promise<void>;
}

export interface AccountBookOptions {
  /** The first block with anything to read. */
  readonly from: bigint;
  /** Most blocks of one `eth_getLogs`. */
  readonly logRange: number;
  readonly registry: Address;
}

const transferTopic = toEventSelector(parseAbiItem('event Transfer(address indexed, address indexed, uint256)'));
const namedTopic = toEventSelector(getAbiItem({ abi: exitAddressAbi, name: 'ExitAddressSet' }));

/**
 * Accounts from the tokens' own events. A holder that a node leaves out is missing in the snapshot, so that the sum of the
 * balances is compared with the supply.
 */
export function createAccountBook({ from, logRange, registry }: AccountBookOptions): AccountBook {
  const holders = new Map<Address, Set<Address>>();
  const named = new Set<Address>();
  const next = new Map<Address, bigint>();

  const setOf = (productToken: Address): Set<Address> => {
    const found = holders.get(productToken) ?? new Set();
    holders.set(productToken, found);
    return found;
  };

  async function read(ask: Ask, emitter: Address, topic: Hex, to: bigint, found: (log: RpcLog) => void): Promise<void> {
    for (let start = next.get(emitter) ?? from; start <= to; start += BigInt(logRange)) {
      const last = start + BigInt(logRange) - 1n;
      const end = last < to ? last : to;
      const filter = { address: emitter, topics: [topic], fromBlock: numberToHex(start), toBlock: numberToHex(end) };
      for (const log of (await ask('eth_getLogs', [filter])) as readonly RpcLog[]) found(log);
      next.set(emitter, end + 1n);
    }
  }

  return {
    holders: setOf,
    named,
    async catchUp(ask, productTokens, to) {
      await read(ask, registry, namedTopic, to, ({ topics }) => named.add(accountIn(topics[1])));
      for (const token of productTokens) {
        const known = setOf(token);
        await read(ask, token, transferTopic, to, ({ topics }) => known.add(accountIn(topics[2])));
        known.delete(zeroAddress);
      }
    },
  };
}

const accountIn = (topic: Hex = '0x'): Address => getAddress(`0x${topic.slice(-40)}`);
