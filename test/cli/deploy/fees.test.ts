import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PublicClient } from 'viem';

import { feesFor } from '../../../cli/deploy/create-contract.ts';

const reader = (baseFeePerGas: bigint | null, gasPrice: bigint): PublicClient =>
  ({ getBlock: () => Promise.resolve({ baseFeePerGas }), getGasPrice: () => Promise.resolve(gasPrice) }) as never;

describe('the fees of a creation', () => {
  it('are 0 on a chain without fees', async () => {
    const fees = { legacy: false, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
    assert.deepEqual(await feesFor(reader(0n, 0n), undefined, undefined), fees);
  });

  it('meet the minimum gas price of nodes whose base fee is 0', async () => {
    const fees = { legacy: false, maxFeePerGas: 1_000n, maxPriorityFeePerGas: 1_000n };
    assert.deepEqual(await feesFor(reader(0n, 1_000n), undefined, undefined), fees);
    assert.equal(await feesFor(reader(0n, 1_000n), undefined, 999n), undefined);
  });

  it('are the gas price on a chain without a base fee, and cover a doubled one elsewhere', async () => {
    assert.equal((await feesFor(reader(null, 7n), undefined, undefined))?.maxFeePerGas, 7n);
    assert.equal((await feesFor(reader(10n, 7n), undefined, undefined))?.maxFeePerGas, 1_000_000_020n);
  });

  it('meet a minimum tip above 1 gwei, and stay below the cap', async () => {
    const gwei = 1_000_000_000n;
    const chain = reader(10n * gwei, 40n * gwei);
    const fees = { legacy: false, maxFeePerGas: 50n * gwei, maxPriorityFeePerGas: 30n * gwei };
    assert.deepEqual(await feesFor(chain, undefined, undefined), fees);
    assert.deepEqual(await feesFor(chain, undefined, 20n * gwei), {
      ...{ legacy: false, maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: 20n * gwei },
    });
  });
});
