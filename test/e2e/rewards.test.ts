// A week of traffic on a bridge with fees: the relayers move the fees, agree on the rewards and publish them; every signer is
// paid exactly what a script computes that shares no code with the relayer.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, erc20Abi, getAddress } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { rewardsAbi } from '../../protocol/abi.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type Period, recomputeFromChains } from '../../scripts/recompute-rewards.ts';
import { mainBridgeAbi } from '../../sdk/index.ts';
import { rewards as rewardsSchema } from '../support/api-schemas.ts';
import { pegway } from '../support/cli.ts';
import { type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const DAYS = 7;
const PATIENCE_SECONDS = 120;

describe('a week on a bridge with fees', () => {
  let net: TestNet;
  let rewards: Address;
  let peg: { index: number; mainToken: Address; productToken: Address; unit: bigint; rate: [bigint, bigint] };

  before(async () => {
    net = await startTestNet({ pegs: { fees: true } });
    const { reader, bridge } = net.holder.main;
    rewards = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'rewards' });
    for (const [index, productToken] of net.tokens.entries()) {
      const args = [productToken] as const;
      const found = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'peg', args });
      if (found.flat === 0n) continue;
      const { mainToken, numerator, denominator } = found;
      const decimals = await reader.readContract({ address: mainToken, abi: erc20Abi, functionName: 'decimals' });
      peg = { index, productToken, mainToken, unit: 10n ** BigInt(decimals), rate: [numerator, denominator] };
    }
  });
  after(() => net.stop());

  const chains = () => [net.devnet.file.main.rpcUrl, net.devnet.file.product.rpcUrl];
  const now = async (): Promise<number> => Number((await net.holder.main.reader.getBlock()).timestamp);
  const pass = async (seconds: number): Promise<void> => {
    for (const rpcUrl of chains()) {
      await call(rpcUrl, 'evm_increaseTime', seconds);
      await call(rpcUrl, 'evm_mine');
    }
  };
  const potOf = (side: 'main' | 'product') =>
    net.holder[side].reader.readContract({
      ...{ address: net.holder[side].bridge, abi: mainBridgeAbi, functionName: 'feePot', args: [peg.productToken] },
    });
  const distribution = () =>
    net.holder.main.reader.readContract({
      ...{ address: rewards, abi: rewardsAbi, functionName: 'distribution', args: [peg.mainToken] },
    });
  const balanceOf = (account: Address) =>
    net.holder.main.reader.readContract({
      ...{ address: peg.mainToken, abi: erc20Abi, functionName: 'balanceOf', args: [account] },
    });

  let periods: readonly Period[] = [];

  it('begins on a Monday', async () => {
    const monday = Date.UTC(2024, 0, 1) / 1_000;
    const week = DAYS * DAY;
    const at = await now();
    await pass(week - ((at - monday) % week) + HOUR);
    // On a Sunday, a relayer whose final blocks are still of that day would move the first fee at once.
    const begun = await now();
    for (const { metricsUrl } of net.devnet.members)
      await eventually('the final blocks of both chains are of Monday', async () => {
        const lines = (await (await fetch(metricsUrl)).text()).split('\n');
        const finals = lines.filter((line) => /^pegway_chain_head_timestamp_seconds\{.*tag="finalized"/.test(line));
        return finals.length === 2 && finals.every((line) => Number(line.split(' ').at(-1)) >= begun - HOUR);
      });
  });

  it('carries deposits and redeems each day, and keeps their fees', async () => {
    const redeemed = (5n * peg.unit * peg.rate[0]) / peg.rate[1];
    for (let day = 1; day < DAYS; day++) {
      const departed = [await net.deposit(20n * peg.unit, peg.index), await net.deposit(10n * peg.unit, peg.index)];
      const arrive = async () => {
        for (const one of departed.splice(0)) await net.arrives(one, PATIENCE_SECONDS);
      };
      // Nothing can be redeemed before the first deposits have arrived.
      if (day === 1) await arrive();
      departed.push(await net.redeem(redeemed, peg.index));
      await arrive();
      if (day < DAYS - 1) await pass(DAY);
    }
    assert.ok((await potOf('main')) > 0n);
    assert.ok((await potOf('product')) > 0n);
    assert.equal(await balanceOf(rewards), 0n);
  });

  it('ends with both pots in the Rewards contract, moved by the relayers alone', async () => {
    const [main, product] = await Promise.all([potOf('main'), potOf('product')]);
    await pass(DAY);
    await eventually(
      'both pots are empty',
      async () => (await potOf('main')) === 0n && (await potOf('product')) < product,
      PATIENCE_SECONDS,
    );
    await eventually(
      'the fees of the product chain arrive',
      async () => (await balanceOf(rewards)) > main,
      PATIENCE_SECONDS,
    );
  });

  it('is distributed under one root, which four of the six relayers signed', async () => {
    assert.equal((await distribution()).period, 0n);
    await pass(DAY);
    await eventually('period 1 is published', async () => (await distribution()).period === 1n, PATIENCE_SECONDS);
  });

  it('is divided as a script computes that shares no code with the relayer', async () => {
    const [main = '', product = ''] = chains();
    const computed = await recomputeFromChains({ main, product, bridge: net.holder.main.bridge });
    periods = computed[getAddress(peg.mainToken)] ?? [];
    assert.equal(periods.length, 1);
    const { root, total } = await distribution();
    assert.deepEqual({ root, total: `${total}` }, { root: periods[0]!.root, total: periods[0]!.total });
    assert.equal(BigInt(periods[0]!.distributed), await balanceOf(rewards));
  });

  it('is confirmed by `pegway rewards verify`, by proofs and by witnesses', async () => {
    const { configFile } = net.devnet.members[3]!;
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
    const byWitnesses = join(configFile, '..', 'witnesses.json');
    const sides = { main: { ...config.main, proof: 'witnesses' }, product: { ...config.product, proof: 'witnesses' } };
    writeFileSync(byWitnesses, JSON.stringify({ ...config, ...sides }));
    for (const file of [configFile, byWitnesses]) {
      const { status, stdout, stderr } = await pegway('rewards', 'verify', '--config', file, '--json');
      assert.equal(status, 0, stderr);
      const [found] = JSON.parse(stdout) as [{ token: string; published: string; isRight: boolean }];
      assert.deepEqual([found.token, found.published, found.isRight], [getAddress(peg.mainToken), '1', true]);
    }
  });

  it('is recomputed by a relayer that lost its data', async () => {
    const { apiUrl } = net.devnet.members[2]!;
    const latest = () => fetch(`${apiUrl}/v1/rewards/latest`);
    await net.kill(2);
    net.wipe(2);
    await net.restart(2);
    await eventually('the period is computed again', async () => (await latest()).ok, PATIENCE_SECONDS);
    const { tokens } = rewardsSchema.parse(await (await latest()).json());
    assert.deepEqual(
      tokens.map(({ root, period }) => ({ root, period })),
      [{ root: periods[0]!.root, period: '1' }],
    );
  });

  it('pays every signer what it has earned, once', async () => {
    const config = net.devnet.members[0]!.configFile;
    const payer = `plain:${net.devnet.file.holders[1]!.privateKey}`;
    const { earned } = periods[0]!;
    const unpaid = net.devnet.members.filter(({ address }) => BigInt(earned[getAddress(address)] ?? 0) === 0n);
    assert.deepEqual(unpaid, [], 'each of six signers that were there all week has earned something');
    for (const [account, amount] of Object.entries(earned)) {
      const before = await balanceOf(account as Address);
      const claim = () => pegway('rewards', 'claim', account, '--config', config, '--payer', payer, '--json');
      const first = await claim();
      assert.equal(first.status, 0, first.stderr);
      assert.equal((JSON.parse(first.stdout) as [{ amount: string }])[0].amount, amount);
      const again = await claim();
      assert.deepEqual([again.status, JSON.parse(again.stdout)], [0, []], again.stderr);
      assert.equal((await balanceOf(account as Address)) - before, BigInt(amount));
    }
    assert.equal(await balanceOf(rewards), BigInt(periods[0]!.carried));
  });

  it('is in the event stream as on the chain: at every relayer, and at the one that lost its data', async () => {
    const { reader, bridge } = net.holder.main;
    const chainId = await reader.getChainId();
    const logs = await reader.getContractEvents({ address: rewards, abi: rewardsAbi, fromBlock: 0n, strict: true });
    const expected = logs.map(({ blockNumber, logIndex, eventName }) => ({
      id: `${chainId}-${blockNumber}-${logIndex}-0`,
      ...{ kind: 'rewards', name: eventName, contract: getAddress(rewards) },
    }));
    assert.ok(expected.some(({ name }) => name === 'Published'));
    assert.notEqual(rewards, bridge);
    type Found = (typeof expected)[number];
    const eventsOf = async (index: number): Promise<readonly Found[]> => {
      const url = new URL('/v1/events?limit=1000', net.devnet.members[index]?.apiUrl);
      const { events } = (await (await fetch(url)).json()) as { events?: readonly Found[] };
      const found = (events ?? []).filter(({ kind }) => kind === 'rewards');
      return found.map(({ id, kind, name, contract }) => ({ id, kind, name, contract }));
    };
    for (const index of [0, 2]) {
      const isWhole = async () => (await eventsOf(index)).length === expected.length;
      await eventually(`all events at relayer ${index}`, isWhole, PATIENCE_SECONDS);
      assert.deepEqual(await eventsOf(index), expected);
    }
  });

  it('leaves the pots by `pegway fees collect`, which anyone may send', async () => {
    await net.arrives(await net.deposit(20n * peg.unit, peg.index), PATIENCE_SECONDS);
    await net.arrives(await net.redeem((5n * peg.unit * peg.rate[0]) / peg.rate[1], peg.index), PATIENCE_SECONDS);
    const pots = { main: await potOf('main'), product: await potOf('product') };
    const before = await balanceOf(rewards);
    const payer = `plain:${net.devnet.file.holders[1]!.privateKey}`;
    const collect = (...flags: string[]) =>
      pegway('fees', 'collect', '--config', net.devnet.members[1]!.configFile, '--json', ...flags);
    const linesOf = (stdout: string) => JSON.parse(stdout) as { side: string; amount: string }[];

    const dry = await collect('--dry-run');
    assert.deepEqual([dry.status, linesOf(dry.stdout).map(({ side }) => side)], [0, ['main', 'product']], dry.stderr);
    assert.deepEqual({ main: await potOf('main'), product: await potOf('product') }, pots);

    const done = await collect('--payer', payer);
    assert.equal(done.status, 0, done.stderr);
    const amounts = Object.fromEntries(linesOf(done.stdout).map(({ side, amount }) => [side, BigInt(amount)]));
    assert.deepEqual(await potOf('main'), pots.main - amounts['main']!);
    assert.deepEqual(await potOf('product'), pots.product - amounts['product']!);
    const departed = (amounts['product']! * peg.rate[1]) / peg.rate[0];
    await eventually(
      'the rewards contract has both',
      async () => (await balanceOf(rewards)) === before + amounts['main']! + departed,
      PATIENCE_SECONDS,
    );

    const nothing = await collect('--payer', payer);
    assert.equal(nothing.status, 2);
    assert.match(nothing.stderr, /no fee pot has reached its minimum/);
  });

  it('is published by an operator when the relayers cannot pay', async () => {
    const [main = ''] = chains();
    for (const { address } of net.devnet.members) await call(main, 'anvil_setBalance', address, '0x0');
    await pass(DAYS * DAY);

    const config = net.devnet.members[1]!.configFile;
    const payer = `plain:${net.devnet.file.holders[1]!.privateKey}`;
    await eventually(
      'a quorum has computed the period, and signs',
      async () =>
        (await pegway('rewards', 'publish', '--config', config, '--payer', payer)).status === 0 &&
        (await distribution()).period === 2n,
      PATIENCE_SECONDS,
    );
    const { bridge } = net.holder.main;
    const computed = await recomputeFromChains({ main, product: chains()[1] ?? '', bridge });
    const own = computed[getAddress(peg.mainToken)]!;
    assert.deepEqual([own.length, own[1]!.root], [2, (await distribution()).root]);
  });
});
