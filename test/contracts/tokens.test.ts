// Main tokens found in the wild, and the outcome for their holders. The relayer's response to a shrinking balance is tested
// with the relayers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { getAddress, numberToHex, padHex, parseEventLogs, toFunctionSelector } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import {
  DAY,
  MAXIMUM,
  SOURCE_BLOCK,
  address,
  at,
  deployMainBridge,
  holder,
  items,
  mainPeg,
  mainSide,
  productSide,
  stranger,
} from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, time, viem } from './support/network.ts';
import { signAll } from './support/signers.ts';
import { LOCKED, locked, refusals, untouched, wild } from './support/wild-token.ts';

const trueWord = numberToHex(1n, { size: 32 });

describe('A token that returns nothing', () => {
  it('is deposited and paid like any other', async () => {
    const side = await loadFixture(wild);
    await side.behave('returnsNothing');
    await side.depart(100n);
    assert.equal(await locked(side), LOCKED + 100n);
    await side.execute(0n, items(1));
    assert.equal(await side.balanceOf(items(1)[0]!.recipient), 5n);
  });

  it('and has no code any more pays nobody, and the withdrawals wait', async () => {
    const side = await loadFixture(wild);
    await networkHelpers.setCode(side.token.address, '0x');
    const hash = await side.execute(0n, items(2));
    const reason = toFunctionSelector('TokenWithoutCode(address)');
    assert.deepEqual(await refusals(hash), [
      [0n, reason],
      [1n, reason],
    ]);
    assert.equal(await locked(side), LOCKED);
    assert.equal(await side.status(0n), 'open');
  });
});

describe('A token that returns false', () => {
  it('is not deposited, and the holder keeps his tokens', async () => {
    const side = await loadFixture(wild);
    await side.behave('returnsFalse');
    await refusedByMain(side, side.depart(100n), 'SafeERC20FailedOperation', [getAddress(side.token.address)]);
    await untouched(side);
  });

  it('although it moved pays nobody, and everybody as soon as it does not', async () => {
    const side = await loadFixture(wild);
    await side.behave('returnsFalse');
    const reason = toFunctionSelector('TokenReturnedFalse()');
    const call = side.execute(0n, items(1));
    await refusedByMain(side, call, 'AmbiguousAnswer', [getAddress(side.productToken), 0n]);
    assert.deepEqual(await refusals(await side.executeGuarded(0n, items(1))), [[0n, reason]]);
    await untouched(side);
    await side.behave('plain');
    await side.execute(0n, items(1));
    assert.equal(await side.balanceOf(items(1)[0]!.recipient), 5n);
  });
});

describe('A payment that the token answers with', () => {
  for (const [what, words, status] of [
    ['exactly true is made', trueWord, 'executed'],
    ['true and more than that is made', padHex(trueWord, { dir: 'right', size: 640 }), 'executed'],
    ['two is not taken for made', numberToHex(2n, { size: 32 }), 'open'],
    ['the highest bit is not taken for made', numberToHex(1n << 255n, { size: 32 }), 'open'],
    ['a single byte is not taken for made', '0x01', 'open'],
  ] as const) {
    it(what, async () => {
      const side = await loadFixture(wild);
      await side.wildToken.write.say([words]);
      if (status === 'open')
        await assertions.revertWithCustomError(side.execute(0n, items(1)), side.main, 'AmbiguousAnswer');
      await side.executeGuarded(0n, items(1));
      assert.equal(await side.status(0n), status);
      assert.equal(await locked(side), status === 'executed' ? LOCKED - 5n : LOCKED);
      // The unproven payment was reverted.
      assert.equal(await side.balanceOf(side.address), await locked(side));
    });
  }
});

describe('A token that takes a fee', () => {
  it('is not deposited: what arrived is not what was sent', async () => {
    const side = await loadFixture(wild);
    await side.behave('takesFee');
    await refusedByMain(side, side.depart(200n), 'UnexpectedAmount', [200n, 198n]);
    await untouched(side);
  });

  it('from then on pays what it leaves, and takes no more than was due from the bridge', async () => {
    const side = await loadFixture(wild);
    await side.behave('takesFee');
    await side.execute(0n, items(1, 200n));
    assert.equal(await side.balanceOf(items(1)[0]!.recipient), 198n);
    assert.equal(await side.balanceOf(side.address), LOCKED - 200n);
    assert.equal(await locked(side), LOCKED - 200n);
  });
});

describe('A token that blocks a recipient', () => {
  it('pays the others in the same call; the blocked one waits and is bounced to who redeemed', async () => {
    const side = await loadFixture(wild);
    const blocked = items(3)[1]!.recipient;
    await side.refuse(blocked, 'reverts');
    const hash = await side.execute(0n, items(3));
    assert.deepEqual(await refusals(hash), [[1n, toFunctionSelector('Blocked(address)')]]);
    assert.deepEqual(
      [await side.status(0n), await side.status(1n), await side.status(2n)],
      ['executed', 'open', 'executed'],
    );

    await time.increase(3 * DAY);
    const bounce = { nonce: 1n, redeemer: stranger.account.address, recipient: blocked, mainAmount: 5n };
    const back = await at(await side.main.write.bounce(await side.bounceOf(bounce)));
    const [returned] = parseEventLogs({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', logs: back.logs });
    assert.equal(returned?.args.recipient, getAddress(stranger.account.address));
    assert.equal(returned.args.productAmount, 5n);
    assert.equal(await locked(side), LOCKED - 10n);
  });
});

describe('A token that is paused', () => {
  it('is not deposited, and the holder keeps his tokens', async () => {
    const side = await loadFixture(wild);
    await side.behave('isPaused');
    await assertions.revertWithCustomError(side.depart(100n), side.wildToken, 'EnforcedPause');
    await untouched(side);
  });

  it('pays nobody, loses nothing, and pays all of the batch when it goes on', async () => {
    const side = await loadFixture(wild);
    await side.behave('isPaused');
    const reason = toFunctionSelector('EnforcedPause()');
    const hash = await side.execute(0n, items(3));
    assert.deepEqual(
      await refusals(hash),
      [0n, 1n, 2n].map((nonce) => [nonce, reason]),
    );
    await untouched(side);
    await side.behave('plain');
    await side.execute(0n, items(3));
    for (const { recipient } of items(3)) assert.equal(await side.balanceOf(recipient), 5n);
  });
});

describe('A main token of', () => {
  for (const decimals of [0, 2, 6, 18, 27]) {
    it(`${decimals} decimals becomes a product token of 18 whole for whole, and back, exactly`, async () => {
      const fixture = async () => {
        const steps = { numerator: 10n ** BigInt(Math.max(18 - decimals, 0)), denominator: 1n };
        const rate = decimals > 18 ? { numerator: 1n, denominator: 10n ** BigInt(decimals - 18) } : steps;
        const side = await mainSide({ ...rate, decimals });
        await side.fund(10n ** BigInt(decimals) * 3n);
        return { main: side, product: await productSide(rate), rate };
      };
      const { main, product, rate } = await fixture();
      const whole = 10n ** BigInt(decimals);
      assert.equal(await main.token.read.decimals(), decimals);

      const deposited = await at(await main.depart(3n * whole));
      const [event] = parseEventLogs({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', logs: deposited.logs });
      assert.equal(event?.args.productAmount, 3n * 10n ** 18n);

      await product.fund(event.args.productAmount);
      await assertions.emitWithArgs(
        product.depart(3n * 10n ** 18n, stranger.account.address),
        product.product,
        'ProductTokenRedeem',
        [
          getAddress(product.productToken),
          0n,
          getAddress(holder.account.address),
          getAddress(stranger.account.address),
          3n * 10n ** 18n,
          3n * whole,
          0n,
        ],
      );
      await main.execute(0n, [{ recipient: stranger.account.address, amount: 3n * whole }]);
      assert.equal(await main.balanceOf(stranger.account.address), 3n * whole);

      // A part that the other token cannot show is refused, and the next amount below is named.
      const [finer, step] = decimals > 18 ? [main, rate.denominator] : [product, rate.numerator];
      if (step > 1n)
        await refused(finer, finer.depart(whole * step + 1n), 'InexactAmount', [whole * step + 1n, whole * step]);
    });
  }
});

describe('A balance beyond 128 bits', () => {
  it('is not deposited beyond them, and the refusal says what would do', async () => {
    const side = await loadFixture(wild);
    await side.fund(2n ** 200n);
    for (const amount of [2n ** 128n, 2n ** 200n, 2n ** 256n - 1n]) {
      await refused(side, side.depart(amount), 'AmountTooLarge', [amount, MAXIMUM - LOCKED]);
    }
    await side.depart(MAXIMUM - LOCKED);
    assert.equal(await locked(side), MAXIMUM);
  });

  it('given to the bridge by whoever likes changes nothing', async () => {
    const side = await loadFixture(wild);
    await side.wildToken.write.mint([side.address, 2n ** 200n]);
    await side.depart(100n);
    await side.execute(0n, items(1));
    assert.equal(await locked(side), LOCKED + 100n - 5n);
    await refusedByMain(side, side.execute(1n, items(1, LOCKED + 96n)), 'InsufficientLocked', [
      getAddress(side.productToken),
      LOCKED + 95n,
      LOCKED + 96n,
    ]);
  });
});

describe('A balance that shrinks under the bridge', () => {
  it('pays as long as it lasts; who is not paid waits, his collateral on the books', async () => {
    const side = await loadFixture(wild);
    await side.wildToken.write.seize([side.address, LOCKED - 12n]);
    const hash = await side.execute(0n, items(3));
    assert.deepEqual(await refusals(hash), [
      [2n, toFunctionSelector('ERC20InsufficientBalance(address,uint256,uint256)')],
    ]);
    assert.equal(await side.balanceOf(side.address), 2n);
    assert.equal(await locked(side), LOCKED - 10n);

    await side.wildToken.write.mint([side.address, 3n]);
    await side.execute(0n, items(3));
    assert.equal(await side.status(2n), 'executed');
  });

  it('leaves pegs of other tokens alone', async () => {
    const side = await loadFixture(wild);
    const sound = await viem.deployContract('DemoToken', ['Sound', 'SND', 18]);
    const peg = mainPeg(sound.address);
    const bridge = await deployMainBridge([side.peg, peg]);
    for (const { mainToken, productToken } of [side.peg, peg]) {
      const token = await viem.getContractAt('DemoToken', mainToken);
      await token.write.mint([holder.account.address, 100n]);
      await token.write.approve([bridge.address, 100n], { account: holder.account });
      await bridge.write.deposit([productToken, 100n, address(9), 0n], { account: holder.account });
    }
    await side.wildToken.write.seize([bridge.address, 100n]);

    const transfers = encodeTransfers(items(1, 100n));
    const signatures = await signAll(
      await bridge.read.attestationDigest([1n, peg.productToken, 0n, transfers, SOURCE_BLOCK]),
    );
    await bridge.write.withdraw([peg.productToken, 0n, transfers, signatures, SOURCE_BLOCK]);

    assert.equal(await sound.read.balanceOf([items(1)[0]!.recipient]), 100n);
  });
});
