import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { call } from '../../../cli/devnet/anvil.ts';
import { carryOut } from '../../../cli/devnet/deploy-bridges.ts';
import { anchorsAbi, rewardsAbi } from '../../../protocol/abi.ts';
import { runtimeCode } from '../../../cli/deploy/runtime-code.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import { mainBridgeAbi } from '../../../sdk/index.ts';
import { type Place, addressOf, afterPair, boatOf, firstPeg, startPlace } from './deploy-support.ts';

describe('pegway deploy of a bridge with fees, a gate or anchors', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  const withFees = (): DeploymentFile => {
    const file = place.file();
    firstPeg(file).depositFee = { flat: '0.5', basisPoints: 10, maximumFlat: '1', departMinimum: '3' };
    firstPeg(file).redeemFee = { flat: '0.25', maximumFlat: '2', departMinimum: '5' };
    return file;
  };

  it('names its rewards contract at both ends, which names the main bridge', async () => {
    const folder = place.folder();
    const [pair] = (await folder.deploy(place.file())).pairs;
    const rewards = pair?.rewards ?? '0x';
    for (const side of ['main', 'product'] as const) {
      const call = { address: pair?.[side] ?? '0x', abi: mainBridgeAbi, functionName: 'rewards' } as const;
      assert.equal(await place.reader(side).readContract(call), rewards, side);
    }
    const call = { address: rewards, abi: rewardsAbi, functionName: 'bridge' } as const;
    assert.equal(await place.reader('main').readContract(call), pair?.main);
  });

  it('gets its fees by a proposal at each side: a dry run names them, and the chains then equal the file', async () => {
    const folder = place.folder();
    const file = withFees();
    const planned = await folder.pegway('deploy', file, '--dry-run');
    assert.match(
      planned.stdout,
      /would propose: bridges\.boat\.pegs\[0\]\.depositFee \(main bridge\): expected 0\.5 of the main token and 0\.1 %/,
    );
    const { proposals } = await folder.deploy(file);
    assert.deepEqual(
      proposals.map(({ side, proposal }) => [
        side,
        proposal.calls.map(({ function: name, args }) => [name, args['flat']]),
      ]),
      [
        ['product', [['setFee', '250000000000000000']]],
        ['main', [['setFee', '500000000000000000']]],
      ],
    );
    const before = await folder.pegway('verify-deployment', file);
    assert.equal(before.status, 1);
    assert.match(
      before.stdout,
      /pegs\[0\]\.redeemFee \(product bridge\): expected 0\.25 BOAT and 0 %; found 0 BOAT and 0 %/,
    );
    assert.match(
      before.stdout,
      /pegs\[0\]\.depositFee \(main bridge\): expected 0\.5 SMENT and 0\.1 %; found 0 SMENT and 0 %/,
    );
    assert.doesNotMatch(before.stdout, /base units/);
    for (const { side, proposal } of proposals) await carryOut(place.chains[side], proposal);
    await place.isAsTheFileSays(folder, file);
  });

  it('proposes another fee and smallest pot, and refuses another maximum', async () => {
    const folder = place.folder();
    const file = place.file();
    await folder.deploy(file);
    firstPeg(file).depositFee = { flat: '0.5', maximumFlat: '1', departMinimum: '3' };
    const { proposals } = await folder.deploy(file);
    assert.deepEqual(
      proposals.map(({ side, proposal }) => [side, proposal.calls.map((one) => one.function)]),
      [['main', ['setFee', 'setDepartMinimum']]],
    );
    firstPeg(file).depositFee = { maximumFlat: '1.5' };
    const { status, stderr } = await folder.pegway('deploy', file);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /these values are immutable:\n.*pegs\[0\]\.depositFee\.maximumFlat .*expected 1\.5 SMENT; found 1 SMENT/,
    );
  });

  it('has no rewards contract when the file asks for none, and can never have one', async () => {
    const folder = place.folder();
    const file = place.file();
    boatOf(file).rewards = false;
    const [pair] = (await folder.deploy(file)).pairs;
    assert.equal(pair?.rewards, undefined);
    await place.isAsTheFileSays(folder, file);
    boatOf(file).rewards = true;
    const { status, stderr } = await folder.pegway('deploy', file);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /bridges\.boat\.rewards .*expected a rewards contract; found none: this bridge can never take a fee/,
    );
  });

  it('names a gate of the file', async () => {
    const folder = place.folder();
    const file = place.file();
    boatOf(file).gate = addressOf(71);
    await folder.deploy(file);
    await place.isAsTheFileSays(folder, file);
    boatOf(file).gate = addressOf(73);
    const { status, stdout } = await folder.pegway('verify-deployment', file);
    assert.equal(status, 1);
    assert.match(stdout, /bridges\.boat\.gate .*expected gate 0x0+4a; found gate 0x0+48/i);
  });

  it('creates anchors with a new bridge, or later with one transaction, as the file says', async () => {
    const folder = place.folder();
    const file = place.file();
    const before = await place.nonces();
    const [without] = (await folder.deploy(file)).pairs;
    assert.equal(without?.anchors, undefined);
    assert.deepEqual(await place.nonces(), afterPair(before));
    boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
    const missing = await folder.pegway('verify-deployment', file);
    assert.match(missing.stdout, /bridges\.boat\.anchors .*expected an Anchors contract; found none/);

    const [pair] = (await folder.deploy(file)).pairs;
    const { main, product } = await place.nonces();
    assert.deepEqual([main, product], [afterPair(before).main + 1, afterPair(before).product]);
    assert.ok(pair !== undefined && !pair.isNew);
    const anchors = { address: pair.anchors ?? '0x', abi: anchorsAbi } as const;
    assert.equal(await place.reader('main').readContract({ ...anchors, functionName: 'bridge' }), pair.main);
    const sourceChainId = await place.reader('main').readContract({ ...anchors, functionName: 'sourceChainId' });
    assert.equal(sourceChainId, BigInt(place.chains.product.chainId));
    await place.isAsTheFileSays(folder, file);
    await folder.deploy(file);
    assert.deepEqual(await place.nonces(), { main, product });

    const fresh = place.file();
    boatOf(fresh).anchors = {};
    const other = place.folder();
    const [both] = (await other.deploy(fresh)).pairs;
    assert.notEqual(both?.anchors, undefined);
    await place.isAsTheFileSays(other, fresh);
  });

  it('verify-deployment finds anchors of another bridge or pace, by the record and by the file’s addresses', async () => {
    const folder = place.folder();
    const file = place.file();
    boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
    const [pair] = (await folder.deploy(file)).pairs;
    assert.ok(pair?.anchors !== undefined);
    boatOf(file).anchors = { maximumBlocksPerSecond: 4 };
    const { stdout } = await folder.pegway('verify-deployment', file);
    assert.match(stdout, /boat\.anchors .*expected the local build's code of Anchors .* with 4 blocks a second/);

    boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
    const { main, product, anchors } = pair;
    const elsewhere = place.folder();
    boatOf(file).addresses = { main, product, anchors };
    await place.isAsTheFileSays(elsewhere, file);
    boatOf(file).addresses = { main, product, anchors: main };
    const foreign = await elsewhere.pegway('verify-deployment', file);
    assert.match(foreign.stdout, /boat\.anchors .*found hash 0x\w+ at/);
    boatOf(file).addresses = { main, product, anchors: addressOf(74) };
    const empty = await elsewhere.pegway('verify-deployment', file);
    assert.match(empty.stdout, /boat\.anchors .*found no contract at/);
  });

  it('verify-deployment finds other code at the rewards contract’s address, and one of another bridge', async () => {
    const folder = place.folder();
    const file = place.file();
    const [pair] = (await folder.deploy(file)).pairs;
    const address = pair?.rewards ?? '0x';
    const code = await place.reader('main').getCode({ address });
    const found = async (bytes: string | undefined) => {
      await call(place.chains.main.rpcUrl, 'anvil_setCode', address, bytes);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      return stdout;
    };
    const changed = await found(`${code?.slice(0, -2)}ff`);
    assert.match(changed, /bridges\.boat\.main .*expected the local build's code of Rewards/);
    assert.match(changed, /bridges\.boat\.rewards .*expected code of hash 0x\w+, according to the record/);
    const identity = { contract: 'Rewards', chainId: place.chains.main.chainId, address } as const;
    const foreign = await found(runtimeCode({ ...identity, bridge: addressOf(70) }));
    assert.match(
      foreign,
      new RegExp(
        `boat.rewards .*expected a rewards contract of ${pair?.main}; found a rewards contract of ${addressOf(70)}`,
      ),
    );
    assert.match(await found('0x'), /boat\.rewards .*found no contract there/);
  });
});
