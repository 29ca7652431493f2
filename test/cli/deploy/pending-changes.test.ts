import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { privateKeyToAccount } from 'viem/accounts';

import { clientsOf } from '../../../cli/deploy/chain-clients.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import type { WrittenProposal } from '../../../cli/deploy/proposals.ts';
import { call } from '../../../cli/devnet/anvil.ts';
import { newKeys } from '../../../cli/devnet/devnet-fleet.ts';
import { dataOf, digestOf } from '../../../cli/governance/proposal.ts';
import { encodeSignatures, mainBridgeAbi } from '../../../sdk/index.ts';
import { anvilKey } from '../../support/bridge.ts';
import { signDigest } from '../../support/sign.ts';
import { type Folder, type Place, pegOf, startPlace } from './deploy-support.ts';

// In order: each test begins where the one before it left the bridges.
describe('verify-deployment, while proposals are pending', () => {
  const keys = newKeys(6);
  let place: Place;
  let folder: Folder;
  /** As the bridges were deployed, and as their signers are asked to make them. */
  let first: DeploymentFile;
  let second: DeploymentFile;
  before(async () => {
    place = await startPlace();
    folder = place.folder();
    first = place.file();
    first.bridges['boat']!.signers = keys.map(({ address }) => address);
    await folder.deploy(first);
    second = structuredClone(first);
    second.bridges['boat']!.threshold = 5;
    second.bridges['boat']!.pegs.push(pegOf({ address: place.token, decimals: 18 }, 'SNSD', '2'));
  });
  after(() => place.stop());

  /** Signers 1 to 4 accept it. */
  async function accept({ side, proposal }: WrittenProposal): Promise<void> {
    const account = privateKeyToAccount(anvilKey);
    const { rpcUrl, chainId } = place.chains[side];
    const { reader, writer } = clientsOf({ rpcUrl, chainId, account });
    const digest = digestOf(proposal);
    const signatures = await Promise.all(
      [1, 2, 3, 4].map(async (index) => ({ index, signature: await signDigest(keys[index]!.privateKey, digest) })),
    );
    const args = [BigInt(proposal.deadline), dataOf(proposal), encodeSignatures(signatures)] as const;
    const request = { address: proposal.bridge, abi: mainBridgeAbi, functionName: 'propose', args } as const;
    const hash = await writer.writeContract({ ...request, account, chain: writer.chain ?? null });
    assert.equal((await reader.waitForTransactionReceipt({ hash })).status, 'success');
  }
  const verify = (file: DeploymentFile, ...flags: string[]) => folder.pegway('verify-deployment', file, ...flags);

  it('says which differences they will close, who signed and when they can be executed', async () => {
    const { proposals } = await folder.deploy(second);
    assert.equal(proposals.length, 2);
    for (const proposal of proposals) await accept(proposal);

    const { status, stdout, stderr } = await verify(second);
    assert.equal(status, 1, stderr);
    for (const side of ['main', 'product']) {
      assert.match(stdout, new RegExp(`bridges\\.boat \\(${side} bridge\\): proposal 0 is pending: waiting`));
      assert.match(stdout, new RegExp(`closes bridges\\.boat\\.threshold \\(${side} bridge\\): expected 5; found 4`));
      assert.match(
        stdout,
        new RegExp(`closes bridges\\.boat\\.pegs\\[1\\] \\(${side} bridge\\): expected the peg SNSD`),
      );
    }
    assert.match(stdout, /executable from \d{4}-\S+Z \(in 1 min\) to \d{4}-\S+Z/);
    assert.ok(stdout.includes(`signed by ${[1, 2, 3, 4].map((at) => `signer ${at} ${keys[at]!.address}`).join(', ')}`));
    assert.doesNotMatch(stdout, /opens/);
  });

  it('says which they will open, and that alone is no difference', async () => {
    const { status, stdout, stderr } = await verify(first);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /boat: matches the file/);
    assert.match(stdout, /opens {2}bridges\.boat\.threshold \(main bridge\): expected 4; found 5/);
    assert.match(stdout, /opens {2}bridges\.boat\.pegs \(product bridge\): expected no other peg; found SNSD 0x/);
    assert.doesNotMatch(stdout, /closes/);

    const json = await verify(first, '--json');
    const lines = JSON.parse(json.stdout) as { side: string; pending: { stage: string; opens: object[] } }[];
    assert.equal(json.status, 0);
    assert.deepEqual(
      lines.map(({ side, pending: { stage, opens } }) => [side, stage, opens.length]),
      [
        ['product', 'waiting', 2],
        ['main', 'waiting', 2],
      ],
    );
  });

  it('says that one can no longer be executed, and closes nothing', async () => {
    for (const { rpcUrl } of [place.chains.main, place.chains.product]) {
      await call(rpcUrl, 'evm_increaseTime', 60 + 7 * 86_400);
      await call(rpcUrl, 'evm_mine');
    }
    const { status, stdout } = await verify(second);
    assert.equal(status, 1);
    assert.match(stdout, /proposal 0 is pending: expired: it can no longer be executed/);
    assert.doesNotMatch(stdout, /closes|opens/);
  });
});
