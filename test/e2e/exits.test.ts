// The signers are gone for ever: every holder is paid by the command line alone, from one snapshot kept, to the base unit.
// PEGWAY_EXIT_HOLDERS=50 runs it with as many holders.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, type Hex, encodeFunctionData, erc20Abi, getAddress } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import { anchorsAbi, exitAddressAbi, exitsAbi } from '../../protocol/abi.ts';
import { type OpenChainClients, openChainClients } from '../../cli/inspect/target.ts';
import { eventsOf } from '../../protocol/events.ts';
import type { SnapshotFile } from '../../protocol/exits/snapshot.ts';
import type { Head } from '../../relayer/chain/finality.ts';
import { satellitesOf } from '../../relayer/chain/satellites.ts';
import { readConfig } from '../../relayer/config.ts';
import { openSnapshotKeeper } from '../../relayer/exits/open-keeper.ts';
import type { SnapshotKeeper } from '../../relayer/exits/snapshot-keeper.ts';
import { pegway } from '../support/cli.ts';
import {
  EXIT_STATES,
  type ExitHolder,
  type ExitLife,
  MULTISIG,
  exitHolders,
  openExitLife,
} from '../support/exit-life.ts';
import { type ExitNet, startExitNet } from '../support/exit-net.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';

/** The main token pays it nothing. */
const BLOCKED: Address = `0x${'b10c'.padStart(40, '0')}`;
const UNLIMITED = 2n ** 128n - 1n;

/** `IBridge.Status`. */
const [OPEN, PARKED, BOUNCED] = [0, 2, 3];

/** Main base units that each payout address must have at the end. */
const expected = new Map<Address, bigint>();
const owe = (payout: Address, amount: bigint) => expected.set(payout, (expected.get(payout) ?? 0n) + amount);

describe('Exits', () => {
  let net: ExitNet;
  let proxy: RpcProxy;
  let life: ExitLife;
  let holders: ExitHolder[];
  let config: string;
  let forgetful: string;
  let chains: OpenChainClients;
  let keeper: SnapshotKeeper;
  let head: Head | undefined;
  const gauges = { missing: 1 };
  const measured = {
    exitSnapshotMissing: { set: (value: number) => (gauges.missing = value) },
  } as unknown as Parameters<SnapshotKeeper['measure']>[0];
  const file = (name: string) => join(net.directory, name);
  const exit = async (...args: string[]) => {
    const ended = await pegway('exit', ...args, '--json');
    assert.equal(ended.status, 0, `${args.join(' ')}: ${ended.stderr}`);
    return ended;
  };
  const keyOf = ({ privateKey }: ExitHolder) => `plain:${privateKey}`;
  const contractOf = (index: number): Address => `0x${(0xc0de00 + index).toString(16).padStart(40, '0')}`;
  before(async () => {
    net = await startExitNet(Number(process.env['PEGWAY_EXIT_HOLDERS'] ?? EXIT_STATES.length));
    proxy = await startRpcProxy();
    const urls = { main: net.main.rpcUrl, product: net.product.rpcUrl };
    config = net.configFile(urls);
    const settings = readConfig(config, process.env);
    chains = openChainClients(settings);
    const opened = await openSnapshotKeeper(settings, chains, {
      finalHead: () => head,
      log: { info: () => undefined },
    });
    if (opened === undefined) throw new Error('no exits');
    keeper = opened;
    // A node that keeps no old states: what holders have when they come weeks later.
    proxy.faults.set('forgetful', {
      ask: ({ method }) =>
        method === 'eth_getProof' || method === 'eth_call'
          ? Promise.reject(new Error(`${method}: the state of the product chain is gone`))
          : Promise.resolve(undefined),
    });
    forgetful = net.configFile({ ...urls, product: proxy.way('forgetful', net.product.rpcUrl) });
    life = openExitLife(net);
    holders = exitHolders(net);
  });

  after(async () => {
    await chains[Symbol.asyncDispose]();
    await proxy.close();
    await net.stop();
  });

  it('pay every holder from a snapshot, to the base unit', async (test) => {
    const { deposit, depositForMultisig, mint, redeem, withdraw, statusAt, locked, figuresOf } = life;
    // The life of the bridge, until the last anchor.
    for (const holder of holders) await deposit(holder);
    const ofMultisig = await depositForMultisig(holders[0]!);
    const multisigPayout: Address = `0x${'9a1e'.padStart(40, '0')}`;
    owe(multisigPayout, ofMultisig);
    for (const holder of holders) {
      if (!['open', 'minted-late', 'deposit-parked'].includes(holder.state)) await mint(holder);
    }
    const limitAll = async (side: 'main' | 'product', capacity: bigint) => {
      for (const token of net.bridge.productTokens.slice(0, 2)) await net.limit(side, token, capacity);
    };
    await limitAll('product', 1n);
    for (const holder of holders) {
      if (holder.state !== 'deposit-parked') continue;
      await mint(holder);
      assert.equal(await statusAt('product', holder.productToken, holder.nonce), PARKED);
    }
    await limitAll('product', UNLIMITED);
    await refuseTransfers(net.main.rpcUrl, net.bridge.mainTokens[0] ?? '0x', BLOCKED);
    const refused: { holder: ExitHolder; nonce: bigint; amount: bigint }[] = [];
    for (const [index, holder] of holders.entries()) {
      const { address, amount } = holder;
      const payout: Address = `0x${(0x9a1d00 + index).toString(16).padStart(40, '0')}`;
      switch (holder.state) {
        case 'redeemed': {
          // To another account, which is paid in its place.
          const redeemed = await redeem(holder, payout);
          owe(payout, redeemed.amount);
          owe(address, amount - redeemed.amount);
          break;
        }
        case 'paid': {
          const redeemed = await redeem(holder, payout);
          await withdraw(holder, payout, redeemed);
          owe(payout, redeemed.amount);
          owe(address, amount - redeemed.amount);
          break;
        }
        case 'redeem-parked': {
          const redeemed = await redeem(holder, payout);
          await limitAll('main', 1n);
          await withdraw(holder, payout, redeemed);
          await limitAll('main', UNLIMITED);
          assert.equal(await statusAt('main', holder.productToken, redeemed.nonce), PARKED);
          owe(payout, redeemed.amount);
          owe(address, amount - redeemed.amount);
          break;
        }
        case 'refused':
        case 'bounced': {
          // The recipient is refused to the end: all of it is the redeemer's again.
          const redeemed = await redeem(holder, BLOCKED);
          await withdraw(holder, BLOCKED, redeemed);
          assert.equal(await statusAt('main', holder.productToken, redeemed.nonce), OPEN);
          refused.push({ holder, ...redeemed });
          owe(address, amount);
          break;
        }
        case 'contract': {
          const contract = contractOf(index);
          // Never all: a slot that becomes zero again makes `eth_getProof` of anvil panic.
          const args = [contract, (amount - 1n) * life.ratio(holder)];
          await life.onProduct(holder, holder.productToken, erc20Abi, 'transfer', args);
          await call(net.product.rpcUrl, 'anvil_impersonateAccount', contract);
          const transaction = { from: contract, to: net.registry, data: encodeNaming(payout), gasPrice: '0x0' };
          const hash = (await call(net.product.rpcUrl, 'eth_sendTransaction', transaction)) as Hex;
          await net.productReader.waitForTransactionReceipt({ hash });
          owe(payout, amount - 1n);
          owe(address, 1n);
          break;
        }
        default:
          owe(address, amount);
      }
    }
    await call(net.main.rpcUrl, 'evm_increaseTime', devnetDelays.bounceDelay + 1);
    await call(net.main.rpcUrl, 'evm_mine');
    for (const { holder, nonce, amount } of refused) {
      if (holder.state !== 'bounced') continue;
      const item = { redeemer: holder.address, recipient: BLOCKED, mainAmount: amount };
      await net.bounce({ productToken: holder.productToken, nonce, ...item });
      assert.equal(await statusAt('main', holder.productToken, nonce), BOUNCED);
    }
    const anchored = await net.anchor();
    await exit('snapshot', '--config', config, '--out', file('snapshots/anchored.json'));
    head = await chains.product.headerAt(anchored);
    await keeper.loop.round();
    keeper.measure(measured);
    assert.equal(gauges.missing, 0);
    assert.equal(keeper.text(undefined), readFileSync(file('snapshots/anchored.json'), 'utf8').trim());
    // This configuration anchors nothing; its nodes and its snapshot are as they must be.
    const examined = (await pegway('doctor', '--config', config, '--json')).stdout;
    const found = JSON.parse(examined) as Finding[];
    const outcomeOf = (check: string) => found.find((one) => one.check === check)?.outcome;
    const outcomes = ['contracts', 'distance', 'state proofs', 'snapshot'].map(outcomeOf);
    assert.deepEqual(outcomes, ['bad', 'ok', 'ok', 'ok'], examined);

    // After the anchor: a deposit arrives, and a redeem departs and is paid, which moves block B.
    for (const holder of holders) if (holder.state === 'minted-late') await mint(holder);
    const late = holders.find(({ state }) => state === 'redeemed-late')!;
    const payout: Address = `0x${'1a7e'.padStart(40, '0')}`;
    const redeemed = await redeem(late, payout);
    await withdraw(late, payout, redeemed);
    owe(payout, redeemed.amount);
    owe(late.address, -redeemed.amount);
    // A relayer has kept the state of that block as well, and served it.
    head = await chains.product.headerAt(redeemed.number);
    await keeper.loop.round();
    writeFileSync(file('kept.json'), keeper.text(redeemed.number) ?? '');
    await exit('snapshot', '--config', config, '--block', String(redeemed.number), '--out', file('own.json'));
    const nodesOf = (name: string) => (JSON.parse(readFileSync(file(name), 'utf8')) as SnapshotFile).nodes.toSorted();
    assert.deepEqual(nodesOf('kept.json'), nodesOf('own.json'));

    // The signers are gone. Nothing opens before its time.
    const [first] = holders;
    assert.match((await pegway('exit', 'open', '--config', forgetful, '--key', keyOf(first!))).stderr, /closed: exits/);
    await net.pass(7);
    await exit('open', '--config', forgetful, '--key', keyOf(first!));
    assert.match((await pegway('exit', 'close', '--config', forgetful, '--key', keyOf(first!))).stderr, /announced/);
    await net.pass(3);
    await exit('close', '--config', forgetful, '--key', keyOf(first!));
    const lockedAtHalt = await locked();
    await exit('advance', '--config', forgetful, '--key', keyOf(first!));
    const settlement = await net.mainReader.readContract({
      ...{ address: net.exits, abi: exitsAbi, functionName: 'settlement' },
    } as const);
    assert.ok(settlement.number > anchored);
    assert.equal(settlement.number, redeemed.number);
    await net.pass(3);

    // The snapshot of the last anchor is of another block.
    const stale = ['--snapshot', file('snapshots/anchored.json'), '--config', forgetful, '--key', keyOf(first!)];
    assert.equal((await pegway('exit', 'register', ...stale)).status, 2);
    const source = ['--snapshot', file('kept.json'), '--config', forgetful];
    let began = performance.now();
    for (const holder of holders) await exit('register', ...source, '--key', keyOf(holder));
    for (const [index, holder] of holders.entries()) {
      if (holder.state !== 'contract') continue;
      await exit('register', ...source, '--key', keyOf(holder), '--account', contractOf(index));
    }
    test.diagnostic(await figuresOf('Registered', began));
    const forMultisig = [...source, '--key', keyOf(first!), '--account', MULTISIG];
    const unsigned = await pegway('exit', 'register', ...forMultisig);
    assert.deepEqual([unsigned.status, unsigned.stderr.includes('named no address in ExitAddress')], [2, true]);
    await exit('register', ...forMultisig, '--signature', '0x1271', '--payout', multisigPayout);
    const again = await exit('register', ...source, '--key', keyOf(first!));
    assert.match(again.stderr, /registered already/);

    await net.pass(7);
    began = performance.now();
    for (const holder of holders) await exit('claim', '--config', forgetful, '--key', keyOf(holder));
    for (const [index, { state }] of holders.entries()) {
      if (state === 'contract') {
        await exit('claim', contractOf(index), '--config', forgetful, '--key', keyOf(first!));
      }
    }
    await exit('claim', MULTISIG, '--config', forgetful, '--key', keyOf(first!));
    test.diagnostic(await figuresOf('Paid', began));
    const status = JSON.parse((await exit('status', '--config', forgetful)).stdout) as { phase: string };
    assert.equal(status.phase, 'paying');

    const token = net.bridge.mainTokens[0] ?? '0x';
    let sum = 0n;
    for (const [address, amount] of expected) {
      const call_ = { address: token, abi: erc20Abi, functionName: 'balanceOf', args: [address] } as const;
      assert.equal(await net.mainReader.readContract(call_), amount, address);
      sum += amount;
    }
    assert.equal(await locked(), 0n);
    const deposited = holders.reduce((total, { amount }) => total + amount, ofMultisig);
    assert.equal(sum, deposited);
    assert.ok(lockedAtHalt < deposited);
  });

  it('leave their story in the event stream of the bridge, with that of the anchors', async () => {
    const satellites = await satellitesOf(chains.main);
    assert.equal(satellites.exits, getAddress(net.exits));
    const main = chains.main.including(satellites);
    const head = await main.finalHead();
    const found = (await main.events(0n, head)).flatMap(({ side, log }) =>
      eventsOf({ side, chainId: main.chainId, log, timestamp: 0n }),
    );
    const kinds = { exits: 'exit', anchors: 'anchored' } as const;
    for (const [satellite, abi] of [
      ['exits', exitsAbi],
      ['anchors', anchorsAbi],
    ] as const) {
      const address = satellites[satellite] ?? '0x';
      const range = { fromBlock: 0n, toBlock: head.number };
      const logs = await net.mainReader.getContractEvents({ address, abi, ...range });
      const expected = logs.map(({ eventName, blockNumber, logIndex }) => ({
        ...{ kind: kinds[satellite], name: eventName, id: `${main.chainId}-${blockNumber}-${logIndex}-0` },
      }));
      assert.ok(expected.length > 0, satellite);
      const own = found.filter(({ contract }) => contract === address);
      assert.deepEqual(
        own.map(({ kind, name, id }) => ({ kind, name, id })),
        expected,
      );
    }
  });
});

function encodeNaming(payout: Address): Hex {
  return encodeFunctionData({ abi: exitAddressAbi, functionName: 'setExitAddress', args: [payout] });
}
