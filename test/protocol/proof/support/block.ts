import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hash, type Hex, keccak256, numberToHex } from 'viem';

import { type HeaderRule, type RpcHeader, headerHash } from '../../../../protocol/proof/header.ts';
import { type RpcReceipt, receiptsRoot } from '../../../../protocol/proof/receipts.ts';
import { bloomOf } from './bloom.ts';

export interface RpcBlock {
  readonly header: RpcHeader;
  readonly receipts: readonly RpcReceipt[];
}

export interface LogContent {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** The outcome of a transaction, before it is part of a block. */
export interface Outcome {
  readonly logs: readonly LogContent[];
  readonly type?: Hex;
  readonly status?: Hex;
  readonly depositNonce?: Hex;
  readonly depositReceiptVersion?: Hex;
}

const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;

/** A distinct, repeatable 32-byte value for each name. */
export const hashOf = (name: string): Hash => keccak256(new TextEncoder().encode(name));

/** Builds a block from outcomes, as an honest node returns it. */
export function makeBlock(
  number: bigint,
  outcomes: readonly Outcome[],
  rule: HeaderRule = 'ethereum',
  extraData: Hex = '0x7065677761790a',
): RpcBlock {
  const blockNumber = numberToHex(number);
  const itemsOf = (logs: readonly LogContent[]) => logs.flatMap(({ address, topics }) => [address, ...topics]);
  const blooms = outcomes.map(({ logs }) => hex(bloomOf(itemsOf(logs))));

  const receiptsIn = (blockHash: Hash): RpcReceipt[] => {
    let logIndex = 0;
    return outcomes.map(({ logs, ...outcome }, index) => {
      const place = {
        blockHash,
        blockNumber,
        transactionHash: hashOf(`transaction ${number}-${index}`),
        transactionIndex: numberToHex(index),
      };
      return {
        type: '0x2',
        status: '0x1',
        ...outcome,
        ...place,
        cumulativeGasUsed: numberToHex((index + 1) * 70_000),
        logsBloom: blooms[index]!,
        logs: logs.map((log) => ({ ...log, ...place, logIndex: numberToHex(logIndex++), removed: false })),
      };
    });
  };

  const header: RpcHeader = {
    hash: hashOf('placeholder'),
    parentHash: hashOf('parent'),
    sha3Uncles: keccak256(RLP.encode([])),
    miner: '0x00000000000000000000000000000000000000aa',
    stateRoot: hashOf('state'),
    transactionsRoot: hashOf('transactions'),
    receiptsRoot: receiptsRoot(receiptsIn(hashOf('any')), rule),
    logsBloom: hex(bloomOf(outcomes.flatMap(({ logs }) => itemsOf(logs)))),
    difficulty: '0x0',
    number: blockNumber,
    gasLimit: '0x2255100',
    gasUsed: numberToHex(outcomes.length * 70_000),
    timestamp: '0x67ad1234',
    extraData,
    mixHash: hashOf('random'),
    nonce: '0x0000000000000000',
    baseFeePerGas: '0x3b9aca00',
    withdrawalsRoot: hashOf('withdrawals'),
    blobGasUsed: '0x20000',
    excessBlobGas: '0x0',
    parentBeaconBlockRoot: hashOf('beacon'),
    requestsHash: hashOf('requests'),
  };
  const hash = headerHash(header, rule);
  const receipts = receiptsIn(hash);
  return { header: { ...header, hash, transactions: receipts.map((receipt) => receipt.transactionHash) }, receipts };
}
