// A rolling upgrade: relayers of an earlier commit beside those of this checkout, at one bridge. docs/operations.md, "Upgrade".
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { auditAtRest } from '../../cli/devnet/audit.ts';
import type { FleetMember } from '../../cli/devnet/devnet-fleet.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { mainBridgeAbi } from '../../sdk/index.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { startMemberHere } from '../support/fleet.ts';
import { configureOld, extractOldRelease, startOldMember } from '../support/older-release.ts';
import { eventually } from '../support/wait.ts';

/** Signers that begin with the older release. */
const OLD = [0, 2, 4];
const TRANSFERS = 150;

describe('three relayers of an older release beside three new ones', () => {
  const upgraded = new Set<number>();
  const isOld = (index: number): boolean => OLD.includes(index) && !upgraded.has(index);
  let net: TestNet;
  before(async () => {
    const folder = extractOldRelease();
    net = await startTestNet({
      startMember: (member) => (isOld(member.index) ? startOldMember(member, folder) : startMemberHere(member)),
      prepare(_bridge, members: readonly FleetMember[]) {
        for (const member of members) if (isOld(member.index)) configureOld(member);
        return Promise.resolve();
      },
    });
  });
  after(() => net.stop());

  /** The signers of each executed batch. */
  const signed = async (): Promise<number[][]> => {
    const { reader, bridge } = net.holder.product;
    const logs = await reader.getContractEvents({
      ...{ address: bridge, abi: mainBridgeAbi, eventName: 'TransfersExecuted', fromBlock: 0n, strict: true },
    });
    return logs.map(({ args }) => indicesOf(args.signerMask));
  };
  const crosses = async (): Promise<void> => {
    await net.arrives(await net.deposit());
    await net.arrives(await net.redeem(ONE / 2n));
  };
  const margins = async (index: number): Promise<readonly (number | undefined)[]> => {
    const response = await fetch(`${net.devnet.members[index]!.apiUrl}/v1/status`);
    const { margin } = (await response.json()) as { margin: Record<string, number> };
    return [margin['mint'], margin['withdraw']];
  };

  it('count each other: each sees two signers more than it needs', async () => {
    for (const index of [0, 1, 2, 3, 4, 5]) {
      await eventually(`signer ${index} sees all`, async () => (await margins(index)).join() === '2,2');
    }
  });

  it('sign for each other, whichever of them leads', async () => {
    // Several turns of the lane, so that batches of both releases are among them.
    const nonces = await net.depositMany(TRANSFERS);
    const productToken = net.tokens[0] ?? '0x';
    for (const nonce of nonces) await net.arrives({ direction: 'mint', productToken, nonce });
    const back = await net.redeemMany(TRANSFERS / 3);
    for (const nonce of back) await net.arrives({ direction: 'withdraw', productToken, nonce });
    const batches = await signed();
    assert.ok(batches.length > 0);
    for (const signers of batches) {
      assert.ok(signers.some(isOld) && signers.some((index) => !isOld(index)), `signers ${signers.join()}`);
    }
    await auditAtRest(net.devnet.file, net.holder);
  });

  it('still reach the quorum with two of each, and approve on chain when peers are gone', async () => {
    await net.kill(4, 5);
    await crosses();
    await net.restart(4, 5);
    await crosses();
  });

  it('are upgraded one by one in their own data folders, while transfers go on', async () => {
    for (const index of OLD) {
      await net.devnet.relayer(index).stop();
      await crosses();
      upgraded.add(index);
      await net.restart(index);
      await eventually(`signer ${index} is back`, async () => (await margins(index)).join() === '2,2');
      await crosses();
    }
    await auditAtRest(net.devnet.file, net.holder);
  });

  it('are downgraded with an empty data folder', async () => {
    await net.devnet.relayer(0).stop();
    upgraded.delete(0);
    net.wipe(0);
    await net.restart(0);
    await eventually('signer 0 is back', async () => (await margins(0)).join() === '2,2');
    await crosses();
  });
});
