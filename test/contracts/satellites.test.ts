// Hooks for other contracts: gate, exits, the signer set for satellites; and block heights of Arbitrum chains.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type Address,
  type Hex,
  concat,
  encodeAbiParameters,
  getAddress,
  keccak256,
  numberToHex,
  parseAbiParameters,
  stringToHex,
  zeroAddress,
  zeroHash,
} from 'viem';

import { onBothSides, refused, refusedByMain } from './support/both.ts';
import {
  HOUR,
  type HelpedSide,
  address,
  delays,
  deployer,
  holder,
  items,
  mainSide,
  stranger,
} from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, publicClient, time, viem } from './support/network.ts';
import { maskOf, signAll, signers } from './support/signers.ts';

const account = stranger.account.address;

describe('A gate', () => {
  const gated = async () => {
    const side = await mainSide({ satellites: { gate: account } });
    await side.fund(100n);
    const allow = (until: number, by = stranger) =>
      side.main.write.allowDeposits([side.productToken, until], { account: by.account });
    return { ...side, allow };
  };

  it('allows deposits until a time, and never withdrawals', async () => {
    const side = await loadFixture(gated);
    const refusal = (until: bigint) => [getAddress(side.productToken), until] as const;
    await refusedByMain(side, side.depart(10n), 'DepositsNotAllowed', refusal(0n));
    const until = (await time.latest()) + HOUR;
    await assertions.emitWithArgs(side.allow(until), side.main, 'DepositsAllowed', [
      getAddress(side.productToken),
      until,
    ]);
    assert.equal(await side.main.read.depositsUntil([side.productToken]), BigInt(until));
    await side.depart(10n);
    await time.setNextBlockTimestamp(until);
    await refusedByMain(side, side.depart(10n), 'DepositsNotAllowed', refusal(BigInt(until)));
    await side.execute(0n, items(1));
    assert.equal(await side.status(0n), 'executed');
  });

  it('is the only one to do so', async () => {
    const side = await loadFixture(gated);
    await refusedByMain(side, side.allow(1, holder), 'OnlyGate', [getAddress(holder.account.address)]);
    const call = side.main.write.allowDeposits([address(1), 1], { account: stranger.account });
    await refused(side, call, 'UnknownPeg', [address(1)]);
    const open = await mainSide();
    const without = open.main.write.allowDeposits([open.productToken, 1]);
    await refusedByMain(open, without, 'OnlyGate', [getAddress(deployer.account.address)]);
  });
});

describe('The exits', () => {
  const exiting = async () => {
    const side = await mainSide({ satellites: { exits: account } });
    await side.fund(10_000n);
    await side.govern(side.call('setFee', [side.productToken, 100n, 0]));
    await side.depart(5_000n, address(7), holder.account.address, 100n);
    const halt = (by = stranger) => side.main.write.halt({ account: by.account });
    const pay = (amount: bigint, to = address(0xe417), by = stranger) =>
      side.main.write.payExit([side.productToken, to, amount], { account: by.account });
    return { ...side, halt, pay };
  };

  it('alone halt and pay, and pay after halting alone', async () => {
    const side = await loadFixture(exiting);
    const caller = [getAddress(holder.account.address)];
    await refusedByMain(side, side.halt(holder), 'OnlyExits', caller);
    await refusedByMain(side, side.pay(1n, undefined, holder), 'OnlyExits', caller);
    await refusedByMain(side, side.pay(1n), 'NotHalted', []);
    const open = await mainSide();
    await refusedByMain(open, open.main.write.halt(), 'OnlyExits', [getAddress(deployer.account.address)]);
  });

  it('halt for ever: nothing moves, no pause ends, no proposal is accepted or executed', async () => {
    const side = await loadFixture(exiting);
    const calls = [side.call('setMinimum', [side.productToken, 2n])];
    await side.propose(calls);
    const { executableAt } = await side.bridge.read.pendingProposal();
    await assertions.emit(side.halt(), side.main, 'Halted');
    assert.equal(await side.main.read.halted(), true);
    await time.increaseTo(executableAt);

    const until = [2n ** 40n - 1n];
    await refused(side, side.depart(1n, address(7), holder.account.address, 100n), 'BridgePaused', until);
    await refused(side, side.execute(0n, items(1)), 'BridgePaused', until);
    await refused(side, side.main.write.collectFees([side.productToken]), 'BridgePaused', until);
    await refused(side, side.bridge.write.execute([calls]), 'BridgeHalted', []);
    for (const call of ['unpause', 'renew'] as const) {
      await refused(side, side.propose([side.call(call)]), 'BridgeHalted', []);
    }
    await refused(side, side.pause(), 'BridgePaused', until);
  });

  it('pay out of the collateral, then out of the fees, and no more', async () => {
    const side = await loadFixture(exiting);
    await side.halt();
    await assertions.emitWithArgs(side.pay(4_000n), side.main, 'ExitPaid', [
      getAddress(side.productToken),
      getAddress(address(0xe417)),
      4_000n,
    ]);
    assert.equal(await side.main.read.locked([side.productToken]), 1_000n);
    await refusedByMain(side, side.pay(1_101n), 'InsufficientLocked', [getAddress(side.productToken), 1_100n, 1_101n]);
    await side.pay(1_050n);
    assert.equal(await side.main.read.locked([side.productToken]), 0n);
    assert.equal(await side.bridge.read.feePot([side.productToken]), 50n);
    assert.equal(await side.balanceOf(address(0xe417)), 5_050n);
  });

  it('are refused a payment that the token refuses, which takes nothing', async () => {
    const token = await viem.deployContract('RefusingToken');
    const side = await mainSide({ satellites: { exits: account } }, token.address);
    await side.fund(100n);
    await side.depart(100n);
    await side.main.write.halt({ account: stranger.account });
    await token.write.refuse([address(5), 2]);
    const call = side.main.write.payExit([side.productToken, address(5), 10n], { account: stranger.account });
    await assertions.revertWithCustomError(call, side.main, 'PaymentRefused');
    assert.equal(await side.main.read.locked([side.productToken]), 100n);
    assert.equal(await side.balanceOf(side.address), 100n);
  });
});

describe('The running hash of deposits', () => {
  const hash = (before: Hex, item: readonly [bigint, Address, Address, bigint, bigint]): Hex => {
    const words = parseAbiParameters('uint256, address, address, uint256, uint256');
    return keccak256(concat([before, keccak256(encodeAbiParameters(words, item))]));
  };
  const read = (side: Awaited<ReturnType<typeof mainSide>>) => side.main.read.outboundHash([side.productToken]);

  it('binds each deposit, and the withdrawal that a bounce returns', async () => {
    const token = await viem.deployContract('RefusingToken');
    const side = await mainSide({ satellites: { exits: account } }, token.address);
    await side.fund(100n);
    assert.equal(await read(side), zeroHash);
    const depositor = holder.account.address;
    await side.depart(40n, address(7));
    const first = hash(zeroHash, [0n, depositor, address(7), 40n, 0n]);
    assert.equal(await read(side), first);
    await side.main.write.depositFor([side.productToken, 50n, address(8), address(9), 0n], { account: depositor });
    const second = hash(first, [1n, address(9), address(8), 50n, 0n]);
    assert.equal(await read(side), second);

    await token.write.refuse([address(5), 1]);
    await side.execute(3n, [{ recipient: address(5), amount: 30n }]);
    await time.increase(delays.bounceDelay);
    const bounce = { nonce: 3n, redeemer: address(6), recipient: address(5), mainAmount: 30n };
    await side.main.write.bounce(await side.bounceOf(bounce));
    assert.equal(await read(side), hash(second, [2n, address(6), address(6), 30n, 4n]));
  });

  it('is not kept without exits', async () => {
    const side = await mainSide();
    await side.fund(100n);
    await side.depart(40n, address(7));
    assert.equal(await read(side), zeroHash);
  });
});

onBothSides('Signers for other contracts', (fresh) => {
  const digest = keccak256(stringToHex('of another contract'));
  const quorum = (side: HelpedSide, epoch: bigint, signatures: Hex) =>
    side.bridge.read.hasQuorum([epoch, digest, signatures]);

  it('are a quorum by signatures and approvals together', async () => {
    const side = await fresh();
    assert.equal(await quorum(side, 1n, '0x'), false);
    assert.equal(await quorum(side, 1n, await signAll(digest, [0, 1, 2])), false);
    assert.equal(await quorum(side, 1n, await signAll(digest)), true);
    const call = side.bridge.write.approve([digest, await signAll(digest, [0, 1])], { account: stranger.account });
    await assertions.emitWithArgs(call, side.bridge, 'DigestApproved', [
      digest,
      getAddress(signers[0]!.address),
      1n,
      maskOf([0, 1]),
    ]);
    assert.equal(await side.bridge.read.approvals([digest]), maskOf([0, 1]));
    assert.equal(await quorum(side, 1n, await signAll(digest, [1, 2])), false);
    assert.equal(await quorum(side, 1n, await signAll(digest, [2, 3])), true);
    await side.bridge.write.approve([digest, await signAll(digest, [4, 5])]);
    assert.equal(await quorum(side, 1n, '0x'), true);
  });

  it('approve nothing twice, and nothing that they have not signed', async () => {
    const side = await fresh();
    await side.bridge.write.approve([digest, await signAll(digest, [0])]);
    const again = side.bridge.write.approve([digest, await signAll(digest, [0])]);
    await refused(side, again, 'MissingSignatures', [1, 4n]);
    const other = side.bridge.write.approve([digest, await signAll(numberToHex(1n, { size: 32 }), [1])]);
    await refused(side, other, 'InvalidSignature');
  });

  it('are those of one epoch: what was approved before is worth nothing after', async () => {
    const side = await fresh();
    await side.bridge.write.approve([digest, await signAll(digest)]);
    await side.propose([side.call('revokeSignatures')]);
    assert.equal(await side.bridge.read.signerEpoch(), 2n);
    assert.equal(await side.bridge.read.approvals([digest]), 0);
    assert.equal(await quorum(side, 2n, '0x'), false);
    assert.equal(await quorum(side, 1n, '0x'), true);
    assert.equal(await quorum(side, 3n, '0x'), false);
    const [list, needed] = await side.bridge.read.signerList([1n]);
    assert.deepEqual([list.length, needed], [6, 4n]);
    assert.deepEqual(await side.bridge.read.signerList([3n]), [[], 0n]);
  });

  it('make signed batches worthless at once', async () => {
    const side = await fresh();
    const transfers = `0x${'11'.repeat(20)}${'00'.repeat(15)}05` as const;
    const signatures = await side.attest(0n, transfers);
    await side.propose([side.call('revokeSignatures')]);
    await refused(side, side.submit(0n, transfers, signatures), 'InvalidSignature');
  });
});

describe('A bridge on an Arbitrum chain', () => {
  const arbSys = address(100);

  it('keeps heights of the chain itself', async () => {
    const mock = await viem.deployContract('ArbSysMock');
    await networkHelpers.setCode(arbSys, (await publicClient.getCode({ address: mock.address }))!);
    try {
      const side = await mainSide();
      await side.fund(100n);
      await side.depart(10n);
      const height = (await publicClient.getBlockNumber()) + 1_000_000n;
      assert.equal(await side.main.read.lastOutboundBlock([side.productToken]), height);
      assert.equal(await side.main.read.outboundBlock([side.productToken, 0n]), height);
    } finally {
      await networkHelpers.setCode(arbSys, '0x');
    }
  });

  it('elsewhere keeps those of the block', async () => {
    const side = await mainSide();
    await side.fund(100n);
    await side.depart(10n);
    const height = await publicClient.getBlockNumber();
    assert.equal(await side.main.read.lastOutboundBlock([side.productToken]), height);
    assert.notEqual(await side.main.read.gate(), account);
    assert.equal(await side.main.read.exits(), zeroAddress);
  });
});
