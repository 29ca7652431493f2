import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type Address, encodeFunctionData, zeroAddress } from 'viem';

import { readerOf } from '../../../cli/deploy/chain-clients.ts';
import { balancesAfter, readHoldings } from '../../../cli/deploy/holders.ts';
import { call } from '../../../cli/devnet/anvil.ts';
import { demoTokenAbi } from '../../../cli/devnet/demo-tokens.ts';
import { anvilSigner } from '../../support/bridge.ts';
import { type Place, addressOf, startPlace } from './deploy-support.ts';

describe('who holds a token', () => {
  const [alice, bob] = [addressOf(1), addressOf(2)];
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  const mint = async (holder: Address, amount: bigint) => {
    const data = encodeFunctionData({ abi: demoTokenAbi, functionName: 'mint', args: [holder, amount] });
    await call(place.chains.main.rpcUrl, 'eth_sendTransaction', { from: anvilSigner().address, to: place.token, data });
  };
  const reader = () => readerOf(place.chains.main.rpcUrl, place.chains.main.chainId);

  it('is added up from all its transfers, whatever range a node answers for', async () => {
    await mint(alice, 5n);
    await mint(bob, 7n);
    await mint(place.token, 1n);
    for (const logRange of [1n, 2n, 1_000n]) {
      const { supply, holders } = await readHoldings(reader(), place.token, { fromBlock: 0n, logRange });
      assert.equal(supply, 13n);
      assert.deepEqual(holders, [
        { address: bob, balance: 7n, isContract: false },
        { address: alice, balance: 5n, isContract: false },
        { address: place.token, balance: 1n, isContract: true },
      ]);
    }
  });

  it('is not answered when a transfer is missing: its sum must be the supply', async () => {
    const head = await reader().getBlockNumber();
    await assert.rejects(
      readHoldings(reader(), place.token, { fromBlock: head, logRange: 10n }),
      /leave 1, but its supply is 13/,
    );
  });

  it('leaves out who gave all away, and what was burned', () => {
    const balances = balancesAfter([
      { from: zeroAddress, to: alice, value: 5n },
      { from: alice, to: bob, value: 5n },
      { from: bob, to: zeroAddress, value: 2n },
    ]);
    assert.deepEqual([...balances], [[bob, 3n]]);
  });
});
