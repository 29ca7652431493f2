import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { type Address, erc20Abi } from 'viem';

import type { DeploymentFile } from '../../cli/deploy/deployment-file.ts';
import { call } from '../../cli/devnet/anvil.ts';
import type { DevnetBridge } from '../../cli/devnet/describe-devnet.ts';
import { newKeys } from '../../cli/devnet/devnet-fleet.ts';
import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { type Departure, deposit, mainBridgeAbi, redeem, status } from '../../sdk/index.ts';
import { anvilKey } from '../support/bridge.ts';
import { type Ended, pegway } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

interface Held {
  readonly symbol: string;
  readonly supply: string;
  readonly holders: readonly { readonly address: Address; readonly balance: string; readonly isContract: boolean }[];
}

// The steps of docs/upgrading.md, in its order.
describe('an upgrade to a new pair and a new product token', () => {
  let net: TestNet;
  let file: string;
  let old: DevnetBridge;
  let oldHolder: Holder;
  before(async () => {
    net = await startTestNet();
    file = net.devnet.file.deploymentFile;
    old = net.devnet.fleets[0]?.bridge ?? net.devnet.file;
    oldHolder = net.holder;
  });
  after(() => net.stop());

  const succeed = async (...args: readonly string[]): Promise<Ended> => {
    const ended = await pegway(...args);
    assert.equal(ended.status, 0, `pegway ${args.join(' ')}:\n${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const heldOf = async (bridge: string, ...flags: readonly string[]): Promise<Held> => {
    const { stdout } = await succeed('holders', file, '--bridge', bridge, '--peg', 'BOAT', '--json', ...flags);
    const [held] = JSON.parse(stdout) as [Held];
    return held;
  };
  const arrives = (departure: Departure, destination: Holder['main']) =>
    eventually('it arrives', async () => (await status(destination, departure)) !== 'open');
  const tokenOf = (bridge: Pick<DevnetBridge, 'pegs'>): Address => bridge.pegs[0]?.productToken ?? '0x';

  const nextKeys = newKeys(6);
  let proposals: string[];
  let next: Omit<DevnetBridge, 'signers'>;
  let nextHolder: Holder;

  it('begins with holders of the old product token, all of whom are seen', async () => {
    await arrives(await net.deposit(7n * ONE), oldHolder.product);
    const other = net.devnet.file.holders[1]?.address ?? '0x';
    const { reader, writer } = oldHolder.product;
    const transfer = {
      address: tokenOf(old),
      abi: erc20Abi,
      functionName: 'transfer',
      args: [other, 2n * ONE],
    } as const;
    await reader.waitForTransactionReceipt({ hash: await writer.writeContract(transfer) });
    const expected = [
      { address: oldHolder.address, balance: String(5n * ONE), isContract: false },
      { address: other, balance: String(2n * ONE), isContract: false },
    ];
    // Also through a node that gives one block's logs at a time.
    for (const flags of [[], ['--log-range', '1']]) {
      const { supply, holders } = await heldOf(old.name, ...flags);
      assert.deepEqual({ supply, holders }, { supply: String(7n * ONE), holders: expected });
    }
  });

  it('deploys the new pair from the same file, which retires the old pegs, too', async () => {
    const deployment = JSON.parse(readFileSync(file, 'utf8')) as DeploymentFile;
    const before = deployment.bridges[old.name];
    assert.ok(before !== undefined);
    const pegs = before.pegs.map((peg) => ({ ...peg, retired: true }));
    const signers = nextKeys.map(({ address }) => address);
    deployment.bridges = { [old.name]: { ...before, pegs }, next: { ...before, signers } };
    writeFileSync(file, JSON.stringify(deployment));
    const { stdout } = await succeed('deploy', file, '--key', `plain:${anvilKey}`, '--json');
    const result = JSON.parse(stdout) as {
      pairs: { name: string; isNew: boolean; main: Address; product: Address; productTokens: { address: Address }[] }[];
      proposals: { file: string; proposal: { calls: { function: string }[] } }[];
    };
    proposals = result.proposals.map((one) => one.file);
    const calls = result.proposals.flatMap(({ proposal }) => proposal.calls.map((one) => one.function));
    assert.deepEqual(calls, ['retirePeg', 'retirePeg', 'retirePeg']);
    const pair = result.pairs.find(({ name, isNew }) => name === 'next' && isNew);
    assert.ok(pair !== undefined);
    next = {
      name: 'next',
      main: { ...old.main, bridge: pair.main },
      product: { ...old.product, bridge: pair.product },
      pegs: old.pegs.map((peg, index) => ({ ...peg, productToken: pair.productTokens[index]?.address ?? '0x' })),
    };
    nextHolder = holderOf(next, net.devnet.file.holders[0]?.privateKey ?? '0x');
  });

  it('starts relayers for the new pair beside those of the old one', async () => {
    for (const { rpcUrl } of net.devnet.chains) {
      for (const { address } of nextKeys) await call(rpcUrl, 'anvil_setBalance', address, '0xde0b6b3a7640000');
    }
    await net.devnet.startFleet(next, nextKeys);
    await arrives(
      await deposit(nextHolder.main, { productToken: tokenOf(next), amount: ONE, recipient: nextHolder.address }),
      nextHolder.product,
    );
  });

  it('retires the old pegs as soon as a quorum of the signers has signed', async () => {
    assert.equal(proposals.length, 1);
    const [proposal = ''] = proposals;
    const config = (index: number) => ['--config', net.devnet.members[index]?.configFile ?? ''];
    for (const index of [0, 1, 2, 3]) await succeed('governance', 'sign', proposal, '--yes', ...config(index));
    const payer = ['--payer', `plain:${net.devnet.file.holders[2]?.privateKey ?? ''}`];
    await succeed('governance', 'submit', proposal, ...config(0), ...payer);
    await succeed('verify-deployment', file);
    await assert.rejects(net.deposit(), /RetiredPeg/);
  });

  it('lets holders redeem the old product token and deposit into the new one', async () => {
    for (const [index, amount] of [
      [0, 5n * ONE],
      [1, 2n * ONE],
    ] as const) {
      const key = net.devnet.file.holders[index]?.privateKey ?? '0x';
      const leaving = holderOf(old, key);
      const request = { productToken: tokenOf(old), amount, recipient: leaving.address };
      await arrives(await redeem(leaving.product, request), leaving.main);
      const coming = holderOf(next, key);
      const back = { ...request, productToken: tokenOf(next) };
      await arrives(await deposit(coming.main, back), coming.product);
    }
  });

  it('ends when nobody holds the old one any more', async () => {
    const before = await heldOf(old.name);
    assert.deepEqual([before.supply, before.holders], ['0', []]);
    const { supply, holders } = await heldOf('next');
    assert.equal(supply, String(8n * ONE));
    assert.deepEqual(
      holders.map(({ balance }) => balance),
      [String(6n * ONE), String(2n * ONE)],
    );
    const locked = await oldHolder.main.reader.readContract({
      ...{ address: old.main.bridge, abi: mainBridgeAbi, functionName: 'locked', args: [tokenOf(old)] },
    });
    assert.equal(locked, 0n);
  });
});
