import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type Address, decodeFunctionData, erc20Abi, parseUnits } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { clientsOf } from '../../../cli/deploy/chain-clients.ts';
import { demoTokenAbi } from '../../../cli/devnet/demo-tokens.ts';
import { holderOf } from '../../../cli/devnet/devnet-holder.ts';
import { readDevnetFile } from '../../../cli/devnet/devnet-file.ts';
import { rewardsAbi } from '../../../protocol/abi.ts';
import { deposit, mainBridgeAbi } from '../../../sdk/index.ts';
import { anvilKey } from '../../support/bridge.ts';
import { pegway } from '../../support/cli.ts';
import { type GovernedPair, startGovernedPair } from '../../support/governance.ts';

// Ordered: each test starts from the state that the previous one left.
describe('pegway fees', () => {
  let pair: GovernedPair;
  before(async () => {
    pair = await startGovernedPair([], { fees: true, coin: true });
  });
  after(() => pair.stop());

  const fees = (...args: readonly string[]) => pegway('fees', ...args, '--data', pair.folder);
  const json = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await fees(...args, '--json');
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Record<string, never>[];
  };
  const refused = async (says: RegExp, ...args: readonly string[]) => {
    const { status, stderr } = await fees(...args);
    assert.match(stderr, says);
    assert.equal(status, 2);
  };
  const reader = () => clientsOf({ ...pair.chains.main, account: payer() }).reader;
  const payer = () => privateKeyToAccount(pair.holders[0]!.privateKey);
  const gram = () => pair.productTokens[2]!;

  it('show: fee, maximum and pot of each peg and side', async () => {
    const { status, stdout, stderr } = await fees('show');
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /BOAT 0x\w+\n {2}deposit {2}no fee; at most 1 SMENT and 1 %\n +pot 0 SMENT: leaves from 0 SMENT on/,
    );
    assert.match(stdout, /GRAM 0x\w+\n {2}deposit {2}0\.02 GOLD and 0\.1 % of the amount; at most 1 GOLD and 1 %/);
    assert.match(stdout, /redeem +0\.2 GRAM and 0\.1 % of the amount; at most 10 GRAM/);
    const [only, ...others] = await json('show', '--peg', 'GRAM');
    assert.equal(others.length, 0);
    assert.deepEqual((only as unknown as { main: { flat: string } }).main.flat, '20000');
    await refused(/--peg: no peg is named SHIP\n.*expected one of BOAT, SNSD, GRAM, TIDE/, 'show', '--peg', 'SHIP');
  });

  it('show: what a pending proposal changes', async () => {
    const file = pair.path('fee.json');
    const token = `productToken=${gram()}`;
    await pair.run('propose', 'main', 'setFee', token, 'flat=30000', 'basisPoints=0', '--out', file);
    await pair.signBy(file, 0, 1, 2, 3);
    await pair.run('submit', file);
    const { stdout } = await fees('show', '--peg', 'GRAM');
    assert.match(stdout, /pending: 0\.03 GOLD and 0 % of the amount; from 20/);
    await pair.pass(61);
    assert.match((await fees('show', '--peg', 'GRAM')).stdout, /pending: 0\.03 GOLD .*; can be executed now/);
  });

  it('suggest: a fee that covers the gas, with the call of the proposal', async () => {
    const gas = ['--main-gas-price', '20', '--product-gas-price', '0'];
    const prices = ['--main-coin', '3000', '--token', 'SMENT=0.12', 'GOLD=1000'];
    const suggested = await json('suggest', '--peg', 'GRAM', ...gas, ...prices, '--margin', '0');
    const [ofDeposit, ofRedeem] = suggested as unknown as Record<
      'transfer' | 'flat' | 'data' | 'command',
      `0x${string}`
    >[];
    assert.deepEqual([ofDeposit?.transfer, ofDeposit?.flat], ['deposit', '0']);
    // 99,299 gas at 20 gwei and 3,000: 5.958; a GRAM is worth 100.
    assert.equal(ofRedeem?.flat, '59600000000000000');
    const { functionName, args } = decodeFunctionData({ abi: mainBridgeAbi, data: ofRedeem.data });
    assert.deepEqual([functionName, args], ['setFee', [gram(), 59_600_000_000_000_000n, 0]]);
    // The printed command does what it names.
    const words = ofRedeem.command.split(' ').slice(2);
    await pair.run(...words, '--out', pair.path('suggested.json'));
  });

  it('suggest: prices the cap of the coin, and stays below the immutable maximum', async () => {
    const gas = ['--main-gas-price', '20', '--product-gas-price', '0', '--margin', '0'];
    const found = await json('suggest', '--peg', 'TIDE', '--main-coin', '3000', ...gas);
    const ofRedeem = found[1] as unknown as { gas: string; flat: string };
    assert.equal(ofRedeem.gas, '199299');
    // In coins the price cancels out: 199,299 gas at 20 gwei, rounded up to three digits.
    assert.equal(ofRedeem.flat, '3990000000000000');
    const { stdout } = await fees('suggest', '--peg', 'BOAT', '--main-coin', '3000', '--token', 'SMENT=0.12', ...gas);
    assert.match(
      stdout,
      /BOAT redeem: 1 BOAT \(10+ base units\)\n.*\n {2}below the cost, 49\.\d+ BOAT: the immutable maximum is lower/,
    );
  });

  it('suggest: names a price that is missing or wrong', async () => {
    const gas = ['--main-gas-price', '20', '--product-gas-price', '0'];
    await refused(/no price of the coin of the main chain/, 'suggest', ...gas);
    await refused(/no price of SMENT\n.*add --token SMENT=PRICE/, 'suggest', ...gas, '--main-coin', '1');
    await refused(/--main-coin: expected a price above zero, found 0/, 'suggest', ...gas, '--main-coin', '0');
    await refused(/--token: expected SYMBOL=PRICE, found 5/, 'suggest', ...gas, '--token', '5');
    await refused(/--main-gas-price: expected gwei, found fast/, 'suggest', '--main-gas-price', 'fast');
  });

  it('collect: refuses when no pot has reached its minimum, and says what they hold', async () => {
    await refused(
      /no fee pot has reached its minimum\n.*GRAM \(main\) holds 0 GOLD of 0\.02 GOLD/,
      'collect',
      '--peg',
      'GRAM',
    );
    await refused(/chain: expected main or product, found left/, 'collect', '--side', 'left');
  });

  it('collect: sends a pot to the rewards contract, and only that', async () => {
    const { main } = holderOf(readDevnetFile(pair.folder), pair.holders[0]!.privateKey);
    const peg = await reader().readContract({
      ...{ address: pair.bridges.main, abi: mainBridgeAbi, functionName: 'peg', args: [gram()] },
    });
    const amount = parseUnits('2', 6);
    const gold = { address: peg.mainToken, abi: [...demoTokenAbi, ...erc20Abi] } as const;
    const mint = await main.writer.writeContract({
      ...gold,
      functionName: 'mint',
      args: [payer().address, 2n * amount],
    });
    await reader().waitForTransactionReceipt({ hash: mint });
    await deposit(main, { productToken: gram(), amount, recipient: payer().address });

    const dry = await fees('collect', '--dry-run');
    assert.match(dry.stdout, /would collect 0\.022 GOLD of GRAM/);
    const [sent] = await json('collect');
    assert.deepEqual(sent, { productToken: gram(), side: 'main', amount: '22000' });
    const bridge = { address: pair.bridges.main, abi: mainBridgeAbi } as const;
    const rewards = await reader().readContract({ ...bridge, functionName: 'rewards' });
    assert.equal(await reader().readContract({ ...gold, functionName: 'balanceOf', args: [rewards] }), 22_000n);
    assert.equal(await reader().readContract({ ...bridge, functionName: 'locked', args: [gram()] }), amount);
    await refused(/no fee pot has reached its minimum/, 'collect');
  });

  it('rewards payout: the key names the first address, and only that address the next', async () => {
    const run = (address: string, ...more: readonly string[]) =>
      pegway('rewards', 'payout', address, '--data', pair.folder, '--json', ...more);
    const bridge = { address: pair.bridges.main, abi: mainBridgeAbi } as const;
    const rewards = await reader().readContract({ ...bridge, functionName: 'rewards' });
    const [first, second] = [payer(), privateKeyToAccount(anvilKey)];
    const named = await run(first.address);
    assert.equal(named.status, 0, named.stderr);
    const { account, payout } = JSON.parse(named.stdout) as Record<'account' | 'payout', Address>;
    assert.equal(payout, first.address);
    const payoutOf = () =>
      reader().readContract({ address: rewards, abi: rewardsAbi, functionName: 'payoutOf', args: [account] });
    assert.equal(await payoutOf(), first.address);

    const byAnother = await run(second.address, '--payer', `plain:${anvilKey}`);
    assert.equal(byAnother.status, 2);
    assert.match(byAnother.stderr, /is paid to 0x\w+, and only that account may name another one/);
    assert.equal(await payoutOf(), first.address);

    const byItself = await run(second.address, '--payer', `plain:${pair.holders[0]!.privateKey}`);
    assert.equal(byItself.status, 0, byItself.stderr);
    assert.equal(await payoutOf(), second.address);
  });
});
