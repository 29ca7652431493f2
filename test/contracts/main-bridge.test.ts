// `MainBridge` alone: permits, collateral, its pegs. Refused payments are in `refusals.test.ts`, shared behaviour in
// `departures.test.ts`, `executions.test.ts` and `limits.test.ts`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, getAddress, parseSignature, zeroHash } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import {
  MAXIMUM,
  SOURCE_BLOCK,
  address,
  at,
  deployMainBridge,
  deployProductBridge,
  holder,
  items,
  mainPeg,
  mainSide,
  remote,
  stranger,
  zeroAddress,
} from './support/bridges.ts';
import { assertions, chainId, loadFixture, networkHelpers, provider, time, viem } from './support/network.ts';
import { maskOf } from './support/signers.ts';

const main = () => mainSide({ minimum: 10n });
const recipient = address(0x77);

async function funded() {
  const side = await main();
  await side.fund(1_000n);
  await side.depart(1_000n);
  return side;
}

describe('Deposits of one lane', () => {
  it('in one block link to that same block', async () => {
    const side = await loadFixture(main);
    await side.fund(20n);
    await provider.request({ method: 'evm_setAutomine', params: [false] });
    try {
      await side.depart(10n);
      await side.depart(10n);
    } finally {
      await provider.request({ method: 'evm_setAutomine', params: [true] });
    }
    await networkHelpers.mine();
    const block = BigInt(await time.latestBlock());
    const events = await side.main.getEvents.MainTokenDeposited({}, { fromBlock: block });
    assert.deepEqual(
      events.map(({ args }) => [args.nonce, args.previousBlock]),
      [
        [0n, 0n],
        [1n, block],
      ],
    );
    assert.equal(await side.main.read.outboundNonce([side.productToken]), 2n);
  });

  it('leave the block of every 256th nonce', async () => {
    const side = await loadFixture(main);
    await side.fund(2_570n);
    const first = (await at(await side.depart(10n))).blockNumber;
    for (let nonce = 1; nonce < 256; nonce++) await side.depart(10n);
    const word = (index: bigint) => side.main.read.outboundBlock([side.productToken, index]);
    assert.equal(await word(1n), 0n);
    const last = (await at(await side.depart(10n))).blockNumber;
    assert.deepEqual([await word(0n), await word(1n), await word(2n)], [first, last, 0n]);
    assert.equal(await side.main.read.lastOutboundBlock([side.productToken]), last);
  });

  it('together hold no more than 128 bits, and the refusal says what is left', async () => {
    const side = await loadFixture(main);
    await side.fund(MAXIMUM);
    await side.depart(MAXIMUM - 15n);
    await refused(side, side.depart(16n), 'AmountTooLarge', [16n, 15n]);
    await side.depart(15n);
  });
});

describe('A deposit of a token that takes from the bridge', () => {
  it('is refused, with nothing received', async () => {
    const side = await mainSide({}, (await viem.deployContract('ShrinkingToken')).address);
    await side.token.write.mint([side.address, 100n]);
    await refusedByMain(side, side.depart(10n), 'UnexpectedAmount', [10n, 0n]);
    assert.equal(await side.balanceOf(side.address), 100n);
  });
});

describe('A deposit with a permit', () => {
  const AMOUNT = 40n;

  const unapproved = async () => {
    const side = await main();
    await side.token.write.mint([holder.account.address, AMOUNT]);
    return side;
  };
  type Side = Awaited<ReturnType<typeof unapproved>>;

  const permit = async (side: Side, value = AMOUNT) => {
    const deadline = BigInt(await time.latest()) + 100n;
    const signature = await holder.signTypedData({
      domain: { name: 'Salvage', version: '1', chainId, verifyingContract: side.token.address },
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner: holder.account.address, spender: side.address, value, nonce: 0n, deadline },
    });
    const { r, s, yParity } = parseSignature(signature);
    return [deadline, 27 + yParity, r, s] as const;
  };

  const deposit = (side: Side, permission: Awaited<ReturnType<typeof permit>>): Promise<Hex> =>
    side.main.write.depositWithPermit([side.productToken, AMOUNT, recipient, 0n, ...permission], {
      account: holder.account,
    });

  const invalid = [0n, 27, zeroHash, zeroHash] as const;
  const withoutPermits = async () => mainSide({}, (await viem.deployContract('RefusingToken')).address);

  it('that does not hold is refused by the token when there is no allowance', async () => {
    const side = await loadFixture(unapproved);
    const errors = await viem.getContractAt('IERC20Errors', side.token.address);
    for (const permission of [invalid, await permit(side, AMOUNT - 1n)]) {
      await assertions.revertWithCustomErrorWithArgs(deposit(side, permission), errors, 'ERC20InsufficientAllowance', [
        getAddress(side.address),
        0n,
        AMOUNT,
      ]);
    }
  });

  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(main);
    const call = side.main.write.depositWithPermit([address(1), AMOUNT, recipient, 0n, ...invalid]);
    await refused(side, call, 'UnknownPeg', [address(1)]);
  });

  it('needs no approval', async () => {
    const side = await loadFixture(unapproved);
    await deposit(side, await permit(side));
    assert.equal(await side.main.read.locked([side.productToken]), AMOUNT);
    assert.equal(await side.balanceOf(holder.account.address), 0n);
  });

  it('works when a stranger has used the permit before', async () => {
    const side = await loadFixture(unapproved);
    const permission = await permit(side);
    await side.token.write.permit([holder.account.address, side.address, AMOUNT, ...permission], {
      account: stranger.account,
    });
    await deposit(side, permission);
    assert.equal(await side.main.read.locked([side.productToken]), AMOUNT);
  });

  it('that does not hold is ignored when the allowance suffices', async () => {
    const side = await loadFixture(main);
    await side.fund(AMOUNT);
    await deposit(side, invalid);
    assert.equal(await side.main.read.locked([side.productToken]), AMOUNT);
  });

  it('of a token that knows no permits is decided by the allowance', async () => {
    const side = await loadFixture(withoutPermits);
    await side.fund(AMOUNT);
    const locked = await side.main.read.locked([side.productToken]);
    await deposit(side, invalid);
    assert.equal(await side.main.read.locked([side.productToken]), locked + AMOUNT);
  });
});

describe('A withdrawal', () => {
  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(funded);
    const call = side.main.write.withdraw([address(1), 0n, encodeTransfers(items(1)), '0x', SOURCE_BLOCK]);
    await refused(side, call, 'UnknownPeg', [address(1)]);
  });

  it('of more than the collateral is refused whole, and nothing changes', async () => {
    const side = await loadFixture(funded);
    const call = side.execute(0n, [...items(2), { recipient, amount: 991n }]);
    await refusedByMain(side, call, 'InsufficientLocked', [getAddress(side.productToken), 1_000n, 1_001n]);
    assert.equal(await side.status(0n), 'open');
    assert.equal(await side.main.read.locked([side.productToken]), 1_000n);
  });

  it('can take the last of the collateral', async () => {
    const side = await loadFixture(funded);
    await side.execute(0n, [{ recipient, amount: 1_000n }]);
    assert.equal(await side.balanceOf(recipient), 1_000n);
    assert.equal(await side.main.read.locked([side.productToken]), 0n);
  });

  it('says which nonces it executed, on whose signatures, over what', async () => {
    const side = await loadFixture(funded);
    const all = items(8);
    // The second word's bits 0 and 1, then all from the first word's last four on.
    await side.execute(256n, all.slice(4, 6));
    const transfers = encodeTransfers(all);
    const digest = await side.digest(252n, transfers);
    const by = [0, 2, 3, 5];
    await assertions.emitWithArgs(
      side.submit(252n, transfers, await side.attest(252n, transfers, by)),
      side.main,
      'TransfersExecuted',
      [getAddress(side.productToken), 252n, 0b11001111n, maskOf(by), digest],
    );
    const words = await side.main.read.executedWords([side.productToken, 0n, 2n]);
    assert.deepEqual(words, [0b1111n << 252n, 0b1111n]);
    assert.equal(await side.main.read.locked([side.productToken]), 1_000n - 8n * 5n);
  });
});

describe('A bridge', () => {
  it('to its own chain, to none or to no bridge cannot be deployed', async () => {
    for (const other of [
      { ...remote, chainId: BigInt(chainId) },
      { ...remote, chainId: 0n },
      { ...remote, bridge: zeroAddress },
    ]) {
      const said = new RegExp(`InvalidRemote\\(${other.chainId}, "${getAddress(other.bridge)}"\\)`);
      await assert.rejects(deployMainBridge([], { remote: other }), said);
      await assert.rejects(deployProductBridge([], { remote: other }), said);
    }
  });
});

describe('A peg of the main side', () => {
  it('is retired once', async () => {
    const side = await loadFixture(funded);
    const retire = (productToken = side.productToken) => side.govern(side.call('retirePeg', [productToken]));
    await refused(side, retire(address(1)), 'UnknownPeg', [address(1)]);
    await retire();
    await refusedByMain(side, retire(), 'RetiredPeg', [getAddress(side.productToken)]);
    assert.equal((await side.main.read.peg([side.productToken])).retired, true);
  });

  it('that is retired takes no deposit, and still pays', async () => {
    const side = await loadFixture(funded);
    await side.govern(side.call('retirePeg', [side.productToken]));
    await refusedByMain(side, side.depart(10n), 'RetiredPeg', [getAddress(side.productToken)]);
    await side.execute(0n, [{ recipient, amount: 1_000n }]);
    assert.equal(await side.balanceOf(recipient), 1_000n);
  });

  it('takes gas caps from 30,000 to 5,000,000', async () => {
    const side = await loadFixture(funded);
    const set = (gasCap: number, productToken = side.productToken) =>
      side.govern(side.call('setGasCap', [productToken, gasCap]));
    for (const gasCap of [29_999, 5_000_001]) {
      await refusedByMain(side, set(gasCap), 'InvalidGasCap', [gasCap, 30_000, 5_000_000]);
    }
    await refused(side, set(30_000, address(1)), 'UnknownPeg', [address(1)]);
    for (const gasCap of [30_000, 5_000_000]) {
      await set(gasCap);
      assert.equal((await side.main.read.peg([side.productToken])).gasCap, gasCap);
    }
  });

  it('opens with everything that it was given, and is listed', async () => {
    const side = await loadFixture(funded);
    const config = {
      ...mainPeg(side.token.address, { numerator: 5n, denominator: 3n, minimum: 9n, gasCap: 70_000 }),
      capacity: 1_000n,
      refillPerSecond: 2n,
    };
    await side.govern(side.call('openPeg', [config]));
    const { minimumDeposit, ...rest } = config;
    assert.deepEqual(await side.main.read.peg([config.productToken]), {
      ...rest,
      mainToken: getAddress(config.mainToken),
      productToken: getAddress(config.productToken),
      minimum: minimumDeposit,
      retired: false,
      available: 1_000n,
      flat: 0n,
      basisPoints: 0,
    });
    assert.deepEqual(
      await side.main.read.pegs(),
      [side.productToken, config.productToken].map((a) => getAddress(a)),
    );
  });

  it('is refused with values that say why', async () => {
    const side = await loadFixture(funded);
    const peg = mainPeg(side.token.address, { numerator: 1n, denominator: 3n });
    const open = (changes: object) => side.govern(side.call('openPeg', [{ ...peg, ...changes }]));
    await refusedByMain(side, open({ mainToken: address(5) }), 'TokenWithoutCode', [address(5)]);
    await refused(side, open({ minimumDeposit: 0n }), 'InvalidMinimum', [0n, 3n]);
    await refused(side, open({ minimumDeposit: 4n }), 'InvalidMinimum', [4n, 3n]);
    await refused(side, open({ capacity: 0n, refillPerSecond: 7n }), 'InvalidLimit', [0n, 7n]);
    await refused(side, open({ productToken: side.productToken }), 'PegExists', [getAddress(side.productToken)]);
    await refused(side, open({ productToken: address(0) }), 'UnknownPeg', [address(0)]);
  });
});
