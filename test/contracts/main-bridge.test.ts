// What `MainBridge` alone does: permits, collateral, refused withdrawals, bounces, its pegs. What both sides do alike is in
// `departures.test.ts`, `executions.test.ts` and `limits.test.ts`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, getAddress, parseSignature, zeroHash } from 'viem';

import { encodeTransfers } from '../../relayer/transfer/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import {
  DAY,
  MAXIMUM,
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
import { maskOf, quorum, signAll } from './support/signers.ts';

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
    side.main.write.depositWithPermit([side.productToken, AMOUNT, recipient, ...permission], {
      account: holder.account,
    });

  const invalid = [0n, 27, zeroHash, zeroHash] as const;

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
    const call = side.main.write.depositWithPermit([address(1), AMOUNT, recipient, ...invalid]);
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
    const side = await loadFixture(refusing);
    await side.fund(AMOUNT);
    const locked = await side.main.read.locked([side.productToken]);
    await deposit(side, invalid);
    assert.equal(await side.main.read.locked([side.productToken]), locked + AMOUNT);
  });
});

describe('A withdrawal', () => {
  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(funded);
    const call = side.main.write.withdraw([address(1), 0n, encodeTransfers(items(1)), '0x']);
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
    const digest = await side.main.read.attestationDigest([side.productToken, 252n, transfers]);
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

const Refusal = { none: 0, reverts: 1, returnsFalse: 2, burnsGas: 3, revertsWith60kB: 4 } as const;

async function refusing() {
  const side = await mainSide({}, (await viem.deployContract('RefusingToken')).address);
  const refusingToken = await viem.getContractAt('RefusingToken', side.token.address);
  await side.fund(10_000n);
  await side.depart(10_000n);
  const refuse = (index: number, how: keyof typeof Refusal) =>
    refusingToken.write.refuse([address(0x1000 + index), Refusal[how]]);
  return { ...side, refusingToken, refuse };
}

const hundred = items(100, 3n);
const refusedNonces = [0, 50, 99];
const allButRefused = refusedNonces.reduce((mask, index) => mask ^ (1n << BigInt(index)), (1n << 100n) - 1n);

const threeRefused = async () => {
  const side = await refusing();
  await side.refuse(0, 'revertsWith60kB');
  await side.refuse(50, 'burnsGas');
  await side.refuse(99, 'returnsFalse');
  return side;
};

describe('A hundred withdrawals of which three are refused', () => {
  it('are ninety-seven payments in one call, and three that stay open with their collateral', async () => {
    const side = await loadFixture(threeRefused);
    const transfers = encodeTransfers(hundred);
    const digest = await side.main.read.attestationDigest([side.productToken, 0n, transfers]);
    await assertions.emitWithArgs(side.execute(0n, hundred), side.main, 'TransfersExecuted', [
      getAddress(side.productToken),
      0n,
      allButRefused,
      maskOf(quorum),
      digest,
    ]);
    assert.deepEqual(await side.main.read.executedWords([side.productToken, 0n, 1n]), [allButRefused]);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n - 97n * 3n);
    assert.equal(await side.balanceOf(side.address), 10_000n - 97n * 3n);
    for (const [index, { recipient: paid }] of hundred.entries()) {
      assert.equal(await side.balanceOf(paid), refusedNonces.includes(index) ? 0n : 3n);
    }
  });

  it('are paid to the last when the token lets them: the same batch again pays only the three', async () => {
    const side = await loadFixture(threeRefused);
    await side.execute(0n, hundred);
    for (const index of refusedNonces) await side.refuse(index, 'none');
    await side.execute(0n, hundred);
    for (const { recipient: paid } of hundred) assert.equal(await side.balanceOf(paid), 3n);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n - 300n);
  });

  it('are never paid in part: of a hundred gas limits each gives all or nothing', async () => {
    const side = await loadFixture(threeRefused);
    const transfers = encodeTransfers(hundred);
    const signatures = await side.attest(0n, transfers);
    const snapshot = await networkHelpers.takeSnapshot();
    const outcome = async (gas: bigint) => {
      await snapshot.restore();
      await side.submit(0n, transfers, signatures, gas).catch(() => undefined);
      return (await side.main.read.executedWords([side.productToken, 0n, 1n]))[0]!;
    };
    // From what does not pay for the signatures to more than all needs.
    const outcomes = [];
    for (let step = 1n; step <= 100n; step++) outcomes.push(await outcome(60_000n * step));
    assert.deepEqual(new Set(outcomes), new Set([0n, allButRefused]));
  });

  it('without gas for each payment at its cap are refused, with what one needs', async () => {
    const side = await loadFixture(threeRefused);
    const call = side.submit(0n, encodeTransfers(hundred), await side.attest(0n, encodeTransfers(hundred)), 500_000n);
    // The default gas cap of these tests, a 63rd of it, and what the call itself costs.
    await refusedByMain(side, call, 'InsufficientGas', [100_000n + 1_587n + 10_000n]);
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

describe('A refused withdrawal', () => {
  it('opens its nonce again, on either side of a word of the bitmap', async () => {
    const side = await loadFixture(refusing);
    for (const index of [1, 2, 3]) await side.refuse(index, 'reverts');
    await side.execute(254n, items(5));
    const open = await Promise.all([254n, 255n, 256n, 257n, 258n].map((nonce) => side.status(nonce)));
    assert.deepEqual(open, ['executed', 'open', 'open', 'open', 'executed']);
    assert.deepEqual(await side.main.read.executedWords([side.productToken, 0n, 2n]), [1n << 254n, 0b100n]);
  });

  it('keeps the time of its first refusal', async () => {
    const side = await loadFixture(refusing);
    await side.refuse(0, 'reverts');
    await side.execute(0n, items(1));
    const first = BigInt(await time.latest());
    await time.increase(100);
    await side.execute(0n, items(1));
    assert.equal(await side.main.read.failedAt([side.productToken, 0n]), first);
    assert.equal(await side.main.read.failedAt([side.productToken, 1n]), 0n);
  });
});

const redeemer = address(0x99);

describe('A bounce', () => {
  const openAndRefused = async () => {
    const side = await refusing();
    await side.refuse(0, 'reverts');
    await side.execute(0n, items(1, 9n));
    return side;
  };
  const due = async () => {
    const side = await openAndRefused();
    await time.increase(3 * DAY);
    return side;
  };
  type Side = Awaited<ReturnType<typeof refusing>>;

  const bounce = async (side: Side, { nonce = 0n, amount = 9n, by = quorum, signed = 9n } = {}): Promise<Hex> => {
    const statement = (of: bigint) => [side.productToken, nonce, redeemer, address(0x1000), of] as const;
    const signatures = await signAll(await side.main.read.bounceDigest(statement(signed)), by);
    return side.main.write.bounce([...statement(amount), signatures]);
  };

  it('of a withdrawal that was not refused is itself refused', async () => {
    const side = await loadFixture(due);
    await refusedByMain(side, bounce(side, { nonce: 1n }), 'NotRefused', [getAddress(side.productToken), 1n]);
  });

  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(due);
    await refused(side, bounce({ ...side, productToken: address(1) }), 'UnknownPeg', [address(1)]);
  });

  it('goes in the first second after the delay', async () => {
    const side = await loadFixture(openAndRefused);
    const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
    await time.setNextBlockTimestamp(allowedAt);
    await bounce(side);
    assert.equal(await side.status(0n), 'bounced');
  });

  it('a second too soon is refused, with the time', async () => {
    const side = await loadFixture(openAndRefused);
    const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
    await time.setNextBlockTimestamp(allowedAt - 1n);
    await refusedByMain(side, bounce(side), 'BounceTooSoon', [getAddress(side.productToken), 0n, allowedAt]);
  });

  it('needs a quorum over exactly this withdrawal', async () => {
    const side = await loadFixture(due);
    await refused(side, bounce(side, { by: [0, 1, 2] }), 'MissingSignatures', [0b111, 4n]);
    await refused(side, bounce(side, { amount: 10n }), 'InvalidSignature');
  });

  it('of a withdrawal that was paid after all is refused', async () => {
    const side = await loadFixture(due);
    await side.refuse(0, 'none');
    await side.execute(0n, items(1, 9n));
    await refused(side, bounce(side), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
  });

  it('is a deposit of the bridge for the redeemer, and leaves the collateral', async () => {
    const side = await loadFixture(due);
    const previousBlock = await side.main.read.lastOutboundBlock([side.productToken]);
    const call = bounce(side);
    await assertions.emitWithArgs(call, side.main, 'MainTokenDeposited', [
      getAddress(side.productToken),
      1n,
      getAddress(side.address),
      getAddress(redeemer),
      9n,
      9n,
      previousBlock,
    ]);
    await assertions.emitWithArgs(call, side.main, 'TransferBounced', [getAddress(side.productToken), 0n, 1n]);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n);
    assert.equal(await side.status(0n), 'bounced');
  });

  it('ends the withdrawal: it is not paid, and not bounced again', async () => {
    const side = await loadFixture(due);
    await bounce(side);
    await side.refuse(0, 'none');
    for (const again of [side.execute(0n, items(1, 9n)), bounce(side)]) {
      await refused(side, again, 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    }
    assert.equal(await side.balanceOf(address(0x1000)), 0n);
  });

  it('works on a retired peg too', async () => {
    const side = await loadFixture(due);
    await side.govern(side.call('retirePeg', [side.productToken]));
    await bounce(side);
    assert.equal(await side.status(0n), 'bounced');
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
