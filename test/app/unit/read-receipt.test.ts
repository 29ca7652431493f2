import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type PublicClient, zeroAddress } from 'viem';

import type { AppConfig } from '../../../app/page-config.ts';
import { readReceipt } from '../../../app/receipt/read-receipt.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { makeReceipt, pair } from '../../protocol/receipts/support/world.ts';

const receipt = await makeReceipt({ anchored: 300 });
const { restsOn } = await verifyReceipt(receipt);
const file = new Blob([JSON.stringify(receipt)]);
const exits: Address = `0x${'e7'.repeat(20)}`;
const config = { chains: pair } as unknown as AppConfig;

/** A node with the blocks that the receipt rests on, where the exits of the bridge name this contract. */
function nodeWith(anchors: Address, named: Address = exits): Record<'main' | 'product', PublicClient> {
  const node = {
    getBlock: ({ blockNumber }: { blockNumber: bigint }) =>
      Promise.resolve({ hash: restsOn.find(({ number }) => BigInt(number) === blockNumber)?.hash }),
    readContract: ({ functionName }: { functionName: string }) =>
      Promise.resolve(functionName === 'exits' ? named : anchors),
  } as unknown as PublicClient;
  return { main: node, product: node };
}

describe('a receipt with an anchor, in the page', () => {
  const matchAt = async (readers: ReturnType<typeof nodeWith>, chains = config) => {
    const read = await readReceipt(file, chains, readers);
    assert.ok(read.kind === 'holds' && read.restsOn.every(({ match }) => match === 'same'));
    return read.anchorsMatch;
  };

  it('is compared with the Anchors contract that the exits of the bridge name', async () => {
    const { contract } = receipt.anchor!;
    assert.equal(await matchAt(nodeWith(contract)), 'same');
    // All blocks are right: a contract of anyone can emit an anchor that nobody signed.
    assert.equal(await matchAt(nodeWith(`0x${'66'.repeat(20)}`)), 'other');
  });

  it('names its contract for people to compare on a bridge without exits', async () => {
    assert.equal(await matchAt(nodeWith(zeroAddress, zeroAddress)), 'unknown');
  });
});
