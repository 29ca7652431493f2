// `ProductBridge` and its `ProductToken` alone: mints, redeems, the tokens it creates, its pegs. Shared behaviour is in
// `departures.test.ts`, `executions.test.ts` and `limits.test.ts`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, getAddress, parseSignature } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused } from './support/both.ts';
import {
  MAXIMUM,
  SOURCE_BLOCK,
  address,
  at,
  deployer,
  holder,
  items,
  productPeg,
  productSide,
  stranger,
} from './support/bridges.ts';
import { assertions, chainId, loadFixture, networkHelpers, provider, time, viem } from './support/network.ts';
import { maskOf } from './support/signers.ts';

const recipient = address(0x77);

const product = async () => {
  const side = await productSide({ minimum: 10n });
  return { ...side, boat: await viem.getContractAt('ProductToken', side.productToken) };
};

async function funded() {
  const side = await product();
  await side.fund(10_000n);
  return side;
}

describe('A mint', () => {
  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(product);
    const call = side.product.write.mint([address(1), 0n, encodeTransfers(items(1)), '0x', SOURCE_BLOCK]);
    await refused(side, call, 'UnknownPeg', [address(1)]);
  });

  it('of a batch of which some were minted mints the others, and says which', async () => {
    const side = await loadFixture(product);
    const all = items(8);
    await side.execute(256n, all.slice(4, 6));
    const transfers = encodeTransfers(all);
    const digest = await side.digest(252n, transfers);
    const by = [1, 2, 4, 5];
    await assertions.emitWithArgs(
      side.submit(252n, transfers, await side.attest(252n, transfers, by)),
      side.product,
      'TransfersExecuted',
      [getAddress(side.productToken), 252n, 0b11001111n, maskOf(by), digest],
    );
    for (const { recipient: minted } of all) assert.equal(await side.balanceOf(minted), 5n);
    assert.equal(await side.boat.read.totalSupply(), 40n);
    assert.deepEqual(await side.product.read.executedWords([side.productToken, 0n, 2n]), [0b1111n << 252n, 0b1111n]);
  });

  it('of 256 transfers across two words, each of the largest amount, to one recipient, does not fail', async () => {
    const side = await loadFixture(product);
    await side.execute(
      128n,
      Array.from({ length: 256 }, () => ({ recipient, amount: MAXIMUM })),
    );
    assert.equal(await side.balanceOf(recipient), 256n * MAXIMUM);
    const half = (1n << 128n) - 1n;
    assert.deepEqual(await side.product.read.executedWords([side.productToken, 0n, 2n]), [half << 128n, half]);
  });
});

describe('A redeem', () => {
  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(product);
    await refused(side, side.product.write.redeem([address(1), 10n, recipient, 0n]), 'UnknownPeg', [address(1)]);
  });

  it('takes the tokens of its caller, whoever has them', async () => {
    const side = await loadFixture(funded);
    const errors = await viem.getContractAt('IERC20Errors', side.productToken);
    await assertions.revertWithCustomErrorWithArgs(
      side.depart(10n, recipient, stranger.account.address),
      errors,
      'ERC20InsufficientBalance',
      [getAddress(stranger.account.address), 0n, 10n],
    );
    assert.equal(await side.boat.read.totalSupply(), 10_000n);
    assert.equal(await side.product.read.outboundNonce([side.productToken]), 0n);
  });

  it('in the block of the one before links to that same block', async () => {
    const side = await loadFixture(funded);
    await provider.request({ method: 'evm_setAutomine', params: [false] });
    try {
      await side.depart(10n);
      await side.depart(10n);
    } finally {
      await provider.request({ method: 'evm_setAutomine', params: [true] });
    }
    await networkHelpers.mine();
    const block = BigInt(await time.latestBlock());
    const events = await side.product.getEvents.ProductTokenRedeem({}, { fromBlock: block });
    assert.deepEqual(
      events.map(({ args }) => [args.nonce, args.previousBlock]),
      [
        [0n, 0n],
        [1n, block],
      ],
    );
    assert.equal(await side.boat.read.totalSupply(), 9_980n);
  });

  it('leaves the block of every 256th nonce', async () => {
    const side = await loadFixture(funded);
    const first = (await at(await side.depart(10n))).blockNumber;
    for (let nonce = 1; nonce < 256; nonce++) await side.depart(10n);
    const last = (await at(await side.depart(10n))).blockNumber;
    const word = (index: bigint) => side.product.read.outboundBlock([side.productToken, index]);
    assert.deepEqual([await word(0n), await word(1n), await word(2n)], [first, last, 0n]);
    assert.equal(await side.product.read.lastOutboundBlock([side.productToken]), last);
  });
});

describe('A product token', () => {
  it('is minted and burned by its bridge alone', async () => {
    const side = await loadFixture(funded);
    const mint = () => side.boat.write.mint([encodeTransfers(items(1)), 1n]);
    const burn = () => side.boat.write.burn([holder.account.address, 1n]);
    for (const call of [mint, burn]) {
      const caller = getAddress(deployer.account.address);
      await assertions.revertWithCustomErrorWithArgs(call(), side.boat, 'OnlyBridge', [caller]);
    }
    assert.equal(await side.boat.read.bridge(), getAddress(side.address));
    assert.equal(await side.boat.read.totalSupply(), 10_000n);
  });

  it('has the name, symbol and decimals of its peg', async () => {
    const side = await loadFixture(product);
    const names = [await side.boat.read.name(), await side.boat.read.symbol(), await side.boat.read.decimals()];
    assert.deepEqual(names, ['Boat', 'BOAT', 18]);
  });

  it('is spent by permit', async () => {
    const side = await loadFixture(funded);
    const deadline = BigInt(await time.latest()) + 100n;
    const { r, s, yParity } = parseSignature(
      await holder.signTypedData({
        domain: { name: 'Boat', version: '1', chainId, verifyingContract: side.productToken },
        types: {
          Permit: ['owner address', 'spender address', 'value uint256', 'nonce uint256', 'deadline uint256'].map(
            (field) => ({ name: field.split(' ')[0]!, type: field.split(' ')[1]! }),
          ),
        },
        primaryType: 'Permit',
        message: {
          owner: holder.account.address,
          spender: stranger.account.address,
          value: 7n,
          nonce: 0n,
          deadline,
        },
      }),
    );
    const permit = [holder.account.address, stranger.account.address, 7n, deadline, 27 + yParity, r, s] as const;
    await side.boat.write.permit(permit);
    await side.boat.write.transferFrom([holder.account.address, recipient, 7n], { account: stranger.account });
    assert.equal(await side.balanceOf(recipient), 7n);
  });
});

describe('A peg of the product side', () => {
  const second = { ...productPeg({ numerator: 5n, denominator: 3n, capacity: 1_000n, refillPerSecond: 2n }) };
  const config = { ...second, name: 'Sand', symbol: 'SNSD', decimals: 6 };
  const open = async (side: Awaited<ReturnType<typeof product>>, changes: object = {}): Promise<Hex> =>
    side.govern(side.call('openPeg', [{ ...config, ...changes }]));

  it('opens with everything that it was given, as a token of the bridge, and is listed', async () => {
    const side = await loadFixture(product);
    await open(side);
    const [first, created] = (await side.product.read.pegs()) as [Address, Address];
    assert.equal(first, getAddress(side.productToken));
    assert.deepEqual(await side.product.read.peg([created]), {
      mainToken: getAddress(config.mainToken),
      productToken: created,
      numerator: 5n,
      denominator: 3n,
      minimum: config.minimumRedeem,
      gasCap: 0,
      retired: false,
      capacity: 1_000n,
      refillPerSecond: 2n,
      available: 1_000n,
      flat: 0n,
      basisPoints: 0,
      maximumFlat: 1_000n,
      departMinimum: 1n,
    });
    const token = await viem.getContractAt('ProductToken', created);
    assert.deepEqual([await token.read.symbol(), await token.read.decimals()], ['SNSD', 6]);
    assert.equal(await token.read.bridge(), getAddress(side.address));
  });

  it('of the same words as one before is another token', async () => {
    const side = await loadFixture(product);
    await open(side);
    await open(side);
    const [, one, other] = await side.product.read.pegs();
    assert.notEqual(one, other);
  });

  it('is refused with values that say why', async () => {
    const side = await loadFixture(product);
    await refused(side, open(side, { numerator: 10n, denominator: 4n }), 'InvalidRate', [10n, 4n]);
    await refused(side, open(side, { numerator: 0n }), 'InvalidRate', [0n, 3n]);
    await refused(side, open(side, { denominator: 0n }), 'InvalidRate', [5n, 0n]);
    await refused(side, open(side, { minimumRedeem: 0n }), 'InvalidMinimum', [0n, 5n]);
    await refused(side, open(side, { minimumRedeem: 9n }), 'InvalidMinimum', [9n, 5n]);
    await refused(side, open(side, { capacity: 0n }), 'InvalidLimit', [0n, 2n]);
    await assert.rejects(open(side, { mainToken: address(0) }), /UnknownPeg/);
    assert.equal((await side.product.read.pegs()).length, 1);
  });

  it('is changed by governance alone', async () => {
    const side = await loadFixture(product);
    const call = side.product.write.openPeg([config], { account: stranger.account });
    await refused(side, call, 'OnlyGovernance', [getAddress(stranger.account.address)]);
  });
});
