import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { type Address, erc20Abi } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { departMany } from '../../cli/devnet/bulk.ts';
import { newKeys } from '../../cli/devnet/devnet-fleet.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { consentsFor, deposit, isAbsent, mainBridgeAbi, pegs, prepare } from '../../sdk/index.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { depositManyAtOnce } from '../support/many-deposits.ts';
import { remakeToken } from '../support/remake-token.ts';
import { type RpcProxy, type RpcRequest, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';

const run = promisify(execFile);

describe('holders, by command and by program', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet();
  });
  after(() => net.stop());

  const command = (...args: readonly string[]) => pegway(...args, '--data', net.directory);

  async function refused(status: number, says: RegExp, ...args: readonly string[]): Promise<void> {
    const ended = await command(...args);
    assert.match(ended.stderr, says);
    assert.equal(ended.status, status, ended.stderr);
    assert.equal(ended.stdout, '');
  }

  const mainToken = () => net.devnet.file.pegs[0]?.mainToken ?? '0x';
  const transactions = (side: 'main' | 'product') =>
    net.holder[side].reader.getTransactionCount({ address: net.holder.address });

  it('refuse what the bridge would, and say what would do', async () => {
    await refused(2, /no peg is named WIND/, 'deposit', 'WIND', '1');
    await refused(2, /expected a number, found 1,5/, 'deposit', 'BOAT', '1,5');
    await refused(2, /more than the token's 6 decimals/, 'deposit', 'GRAM', '1.1234567');
    await refused(2, /below the minimum.*\s.*0\.01/, 'deposit', 'BOAT', '0.001');
    await refused(2, /does not convert exactly/, 'redeem', 'SNSD', `2.${'0'.repeat(17)}1`);
    await refused(2, /--timeout: expected a whole number/, 'deposit', 'BOAT', '1', '--timeout', 'soon');
    await refused(2, /no peg is named BOTA\n.*did you mean BOAT\?/, 'deposit', 'BOTA', '1');
    await refused(1, /refused: 0x\w+ has 0 BOAT, and 1 BOAT would depart/, 'redeem', 'BOAT', '1');
    await refused(1, /refused: the recipient is .*: 0x\w+/, 'redeem', 'BOAT', '1', '--recipient', mainToken());
    assert.deepEqual([await transactions('main'), await transactions('product')], [0, 0]);
  });

  it('see what a deposit would take, without signing or sending anything', async () => {
    const { status, stdout } = await command('deposit', 'SNSD', '1.5', '--dry-run', '--json');
    assert.equal(status, 0);
    const told = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(told['steps'], ['permit', 'send']);
    assert.equal(told['arrives'], (3n * ONE).toString());
    assert.equal(await transactions('main'), 0);
  });

  it('deposit by one transaction, with a permit, and hear of each step', async () => {
    const { status, stdout, stderr } = await command('deposit', 'BOAT', '2.5', '--json');
    assert.equal(status, 0, stderr);
    const { arrival, arrives } = JSON.parse(stdout) as { arrival: { status: string }; arrives: string };
    assert.equal(arrival.status, 'executed');
    assert.equal(arrives, ((25n * ONE) / 10n).toString());
    assert.match(stderr, /permit[^]*departed in block[^]*final: block[^]*signed by signers \d, \d, \d, \d/);
    assert.equal(await transactions('main'), 1);
    const { address, main } = net.holder;
    const args = [address, main.bridge] as const;
    const left = await main.reader.readContract({
      address: mainToken(),
      abi: erc20Abi,
      functionName: 'allowance',
      args,
    });
    assert.equal(left, 0n);
  });

  it('see what a redeem would cost, and redeem with a key and a relayer’s configuration', async () => {
    const config = net.devnet.members[0]?.configFile ?? '';
    const holder = ['--config', config, '--key', `plain:${net.devnet.file.holders[0]?.privateKey ?? ''}`];
    const dry = await pegway('redeem', 'BOAT', '1', ...holder, '--dry-run', '--json');
    const told = JSON.parse(dry.stdout) as { steps: string[]; gas: string };
    assert.deepEqual(told.steps, ['send']);
    assert.ok(Number(told.gas) > 21_000);
    assert.equal(await transactions('product'), 0);

    const redeemed = await pegway('redeem', 'BOAT', '1', ...holder);
    assert.equal(redeemed.status, 0, redeemed.stderr);
    assert.match(redeemed.stdout, /executed in block \d+: 1 SMENT for 0x/);
    const deposited = await pegway('deposit', 'BOAT', '1', ...holder);
    assert.equal(deposited.status, 0, deposited.stderr);
    assert.match(deposited.stderr, /permit/);
  });

  it('are told where a transfer is that takes longer than they wait', async () => {
    // Without blocks it cannot arrive, however slow the command's polls are.
    const [, product] = net.devnet.chains;
    assert.ok(product !== undefined);
    await net.blocks.hold(product);
    const ended = await command('deposit', 'BOAT', '1', '--timeout', '1');
    await net.blocks.start(product);
    assert.equal(ended.status, 1, ended.stdout);
    assert.match(ended.stderr, /not there after 1 s: mint 0x\w+ 2\n.*pegway explain mint 0x\w+ 2/);
    await net.arrives({ direction: 'mint', productToken: net.tokens[0] ?? '0x', nonce: 2n });
  });

  describe('whose node loses answers', () => {
    let proxy: RpcProxy;
    let folder: string;
    let holder: readonly string[];
    before(async () => {
      proxy = await startRpcProxy();
      folder = mkdtempSync(join(tmpdir(), 'pegway-holder-'));
      const config = JSON.parse(readFileSync(net.devnet.members[0]?.configFile ?? '', 'utf8')) as ConfigFile;
      const main = { ...config.main, rpcUrls: [proxy.way('main', net.devnet.file.main.rpcUrl)], rpcQuorum: 1 };
      const file = join(folder, 'holder.json');
      writeFileSync(file, JSON.stringify({ ...config, main }));
      holder = ['--config', file, '--key', `plain:${net.devnet.file.holders[0]?.privateKey ?? ''}`];
    });
    afterEach(() => proxy.faults.clear());
    after(async () => {
      await proxy.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const lost = async (
      { method, params }: RpcRequest,
      node: (...asked: [string, ...unknown[]]) => Promise<unknown>,
    ) => {
      if (method !== 'eth_sendRawTransaction') return undefined;
      await node(method, ...params);
      throw new Error('the answer is lost');
    };
    /** When the outcome is unknown, the command advises a lookup, never a second transfer. */
    async function unsure(says: RegExp, ...args: readonly string[]): Promise<string> {
      const before = await transactions('main');
      const ended = await pegway('deposit', 'BOAT', '1', ...holder, ...args);
      assert.equal(ended.status, 1, ended.stdout);
      assert.match(ended.stderr, says);
      assert.doesNotMatch(ended.stderr, /again|nothing has departed/);
      const [, hash = '0x'] = /\ntransaction (0x\w{64})\n/.exec(ended.stderr) ?? [];
      assert.match(ended.stderr, new RegExp(`pegway explain ${hash} --config ${holder[1]}`));
      proxy.faults.clear();
      // It was sent once, and is found by its hash.
      const found = await eventually('it is in a block', async () => {
        const explained = await pegway('explain', hash, ...holder.slice(0, 2), '--json');
        return explained.status === 0 && explained.stdout;
      });
      assert.equal(await transactions('main'), before + 1);
      const [transfer] = JSON.parse(found) as { nonce: string }[];
      return transfer?.nonce ?? '';
    }

    it('go on with what was sent when only the answer to it is lost', async () => {
      const before = await transactions('main');
      proxy.faults.set('main', { ask: lost });
      const { status, stderr } = await pegway('deposit', 'BOAT', '1', ...holder);
      assert.equal(status, 0, stderr);
      assert.equal(await transactions('main'), before + 1);
    });

    it('are not told to try again when nobody knows whether it was sent', async () => {
      proxy.faults.set('main', {
        ask: (request, node) =>
          request.method === 'eth_getTransactionByHash' ? Promise.resolve(null) : lost(request, node),
      });
      await unsure(/it is not known whether it was sent: /);
    });

    it('are not told to try again when it was sent and is not seen in a block', async () => {
      const isOf = ({ method }: RpcRequest) => method === 'eth_getTransactionReceipt';
      proxy.faults.set('main', { ask: (request) => Promise.resolve(isOf(request) ? null : undefined) });
      await unsure(/it was sent and is not seen in a block: /, '--timeout', '3');
    });

    it('are told that nothing departed when it was lost before', async () => {
      const before = await transactions('main');
      const isOf = ({ method }: RpcRequest) => method === 'eth_estimateGas';
      proxy.faults.set('main', {
        ask: (request) => (isOf(request) ? Promise.reject(new Error('lost')) : Promise.resolve(undefined)),
      });
      const ended = await pegway('deposit', 'BOAT', '1', ...holder);
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, /sending\n[^]*nothing has departed; try again/);
      assert.equal(await transactions('main'), before);
    });
  });

  describe('of a token that takes no permit', () => {
    const GRAM = 2;
    const GOLD = 10n ** 6n;
    const token = () => net.devnet.file.pegs[GRAM]?.mainToken ?? '0x';
    let renew: () => Promise<void>;
    before(async () => (renew = await remakeToken(net.devnet.file.main.rpcUrl, token(), 'OldToken')));
    after(() => renew());
    const allowance = () => {
      const args = [net.holder.address, net.holder.main.bridge] as const;
      const contract = { address: token(), abi: erc20Abi } as const;
      return net.holder.main.reader.readContract({ ...contract, functionName: 'allowance', args });
    };

    it('deposit by an approval of exactly the amount', async () => {
      const dry = await command('deposit', 'GRAM', '1.5', '--dry-run', '--json');
      assert.deepEqual((JSON.parse(dry.stdout) as { steps: string[] }).steps, ['approve', 'send'], dry.stderr);
      const { status, stdout, stderr } = await command('deposit', 'GRAM', '1.5', '--json');
      assert.equal(status, 0, stderr);
      assert.equal((JSON.parse(stdout) as { arrival: { status: string } }).arrival.status, 'executed');
      assert.match(
        stderr,
        /become .*\napproving the bridge\nwaiting until the approval is in a block\nsending\ntransaction 0x\w+\ndeparted/,
      );
      assert.equal(await allowance(), 0n);
    });

    it('take an old allowance back first where it changes only from or to zero', async () => {
      const { main } = net.holder;
      const args = [main.bridge, 1n] as const;
      const hash = await main.writer.writeContract({ address: token(), abi: erc20Abi, functionName: 'approve', args });
      await main.reader.waitForTransactionReceipt({ hash });
      const request = { productToken: net.tokens[GRAM] ?? '0x', amount: GOLD, recipient: net.holder.address };
      const needed = await prepare(main, 'mint', request, net.holder.address);
      assert.deepEqual(needed.steps, ['reset', 'approve', 'send']);
      const heard: string[] = [];
      const departure = await deposit(main, request, { onStep: (step) => heard.push(step) });
      assert.deepEqual(heard, ['reset', 'approving', 'approve', 'approving', 'send']);
      assert.equal(await allowance(), 0n);
      await net.arrives(departure);
      await net.arrives(await net.redeem(10n * ONE, GRAM));
    });
  });

  describe('of a token that seems to take permits', () => {
    const GRAM = 2;
    const GOLD = 10n ** 6n;
    const token = () => net.devnet.file.pegs[GRAM]?.mainToken ?? '0x';
    const request = (amount: bigint) => ({
      ...{ productToken: net.tokens[GRAM] ?? '0x', amount, recipient: net.holder.address },
    });
    const consents = (holder: Address) => consentsFor(net.holder.main, token(), GOLD, holder);

    it('are asked for no permit where it says that its permits are others', async (test) => {
      test.after(await remakeToken(net.devnet.file.main.rpcUrl, token(), 'DaiToken'));
      assert.deepEqual(await consents(net.holder.address), ['approve']);
    });

    it('approve where it did not take the permit, and not where it refuses anything else', async (test) => {
      test.after(await remakeToken(net.devnet.file.main.rpcUrl, token(), 'OtherPermitToken'));
      const { main } = net.holder;
      const heard: string[] = [];
      const onStep = (step: string) => heard.push(step);
      await deposit(main, request(GOLD), { onStep });
      assert.deepEqual(heard.splice(0), ['permit', 'unpermitted', 'approve', 'approving', 'send']);
      await deposit(main, request(GOLD), { onStep, permit: false });
      assert.deepEqual(heard.splice(0), ['approve', 'approving', 'send']);
      const told = await command('deposit', 'GRAM', '1');
      assert.equal(told.status, 0, told.stderr);
      assert.match(told.stderr, /permit[^]*the token does not take this permit[^]*approving the bridge/);
    });

    it('are told what else a token refuses, without an approval', async () => {
      const { main, address } = net.holder;
      const balance = { address: token(), abi: erc20Abi, functionName: 'balanceOf', args: [address] } as const;
      const heard: string[] = [];
      const tooMuch = request((await main.reader.readContract(balance)) + GOLD);
      await assert.rejects(deposit(main, tooMuch, { onStep: (step) => heard.push(step) }), /ERC20InsufficientBalance/);
      assert.deepEqual(heard, ['permit']);
    });

    it('are no contract where their account only delegates: only a contract signs no permit and may be absent elsewhere', async () => {
      const { rpcUrl } = net.devnet.file.main;
      const [account] = newKeys(1).map(({ address }) => address);
      assert.ok(account !== undefined);
      const stands = async (code: string) => {
        await call(rpcUrl, 'anvil_setCode', account, code);
        await call(rpcUrl, 'evm_mine');
      };
      const { main, product } = net.holder;
      const absent = () =>
        Promise.all([isAbsent(main.reader, product.reader, account), isAbsent(product.reader, main.reader, account)]);
      await stands('0x00');
      assert.deepEqual(await consents(account), ['approve']);
      assert.deepEqual(await absent(), [true, false]);
      await stands(`0xef0100${token().slice(2)}`);
      assert.deepEqual(await consents(account), ['permit']);
      assert.deepEqual(await absent(), [false, false]);
    });
  });

  it('read the pegs as both bridges tell them', async () => {
    const found = await pegs(net.holder);
    assert.deepEqual(
      found.map(({ main, product, numerator, denominator }) => [main.symbol, product.symbol, numerator, denominator]),
      [
        ['SMENT', 'BOAT', 1n, 1n],
        ['SMENT', 'SNSD', 2n, 1n],
        ['GOLD', 'GRAM', 10n ** 13n, 1n],
      ],
    );
    assert.deepEqual(
      found.map(({ retired, withdrawLimit, mintLimit }) => [retired, withdrawLimit, mintLimit]),
      found.map(() => [false, undefined, undefined]),
    );
  });

  // The examples in docs/sdk.md run as written.
  const says: Record<string, RegExp> = {
    'pegs.ts': /SMENT → BOAT: 1 product base units for 1 main base units, at least 0\.01 SMENT, open, no limit/,
    'deposit-and-redeem.ts':
      /1 SMENT becomes 1 BOAT\ndeparted as nonce \d+ [^]*executed in block \d+\nback again: executed/,
    'refusals.ts': /^inexact-amount: [^]*would do\nERC20InsufficientBalance: not an error of the bridge/,
  };
  for (const [name, expected] of Object.entries(says)) {
    it(`run examples/${name}`, async () => {
      const file = join('examples', name);
      const args = ['--conditions=pegway-source', file, join(net.directory, 'devnet.json')];
      const { stdout } = await run(process.execPath, args);
      assert.match(stdout, expected);
    });
  }

  it('have an example for each file in examples/', () => {
    const files = globSync('examples/*.ts').map((file) => file.replace('examples/', ''));
    // The receiver runs in webhooks.test.ts.
    assert.deepEqual(new Set(files), new Set([...Object.keys(says), 'connect.ts', 'credit-receiver.ts']));
  });

  /**
   * Every nonce from the first on was executed, and the recipient has the exact sum: nothing lost, nothing paid twice.
   */
  async function allArrived(direction: 'mint' | 'withdraw', first: bigint, amounts: readonly bigint[], to: string) {
    const [productToken = '0x'] = net.tokens;
    const { reader, bridge } = direction === 'mint' ? net.holder.product : net.holder.main;
    const token = direction === 'mint' ? productToken : mainToken();
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    const balance = () =>
      reader.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [to as `0x${string}`] });
    await eventually(`all of ${amounts.length}`, async () => (await balance()) >= sum, 240);
    assert.equal(await balance(), sum);
    const words = await reader.readContract({
      ...{ address: bridge, abi: mainBridgeAbi, functionName: 'executedWords' },
      args: [productToken, first / 256n, BigInt(amounts.length) / 256n + 2n],
    });
    const open = amounts.flatMap((_, index) => {
      const place = (first % 256n) + BigInt(index);
      return (((words[Number(place / 256n)] ?? 0n) >> (place % 256n)) & 1n) === 1n ? [] : [first + BigInt(index)];
    });
    assert.deepEqual(open, []);
  }

  const nextNonce = (side: 'main' | 'product') => {
    const { reader, bridge } = net.holder[side];
    const call = { address: bridge, abi: mainBridgeAbi, functionName: 'outboundNonce' } as const;
    return reader.readContract({ ...call, args: [net.tokens[0] ?? '0x'] });
  };
  const stranger = () => newKeys(1)[0]?.address ?? '0x';

  it('lose none of a hundred deposits that a contract makes in one transaction', async () => {
    const [productToken = '0x'] = net.tokens;
    const [first, recipient] = [await nextNonce('main'), stranger()];
    const amounts = Array.from({ length: 100 }, (_, index) => ONE + BigInt(index));
    const peg = { mainToken: mainToken(), productToken, recipient };
    await depositManyAtOnce(net.holder.main, { ...peg, first: ONE, count: amounts.length });
    await allArrived('mint', first, amounts, recipient);
  });

  // More than two words of nonces, and several batches.
  it('lose none of a burst of 600 redeems', async () => {
    const [productToken = '0x'] = net.tokens;
    const amount = ONE / 100n;
    await net.arrives(await net.deposit(600n * amount));
    const [first, recipient] = [await nextNonce('product'), stranger()];
    const requests = Array.from({ length: 600 }, () => ({ productToken, amount, recipient }));
    await departMany(net.holder.product, 'withdraw', requests, AbortSignal.timeout(600_000));
    await allArrived(
      'withdraw',
      first,
      requests.map(() => amount),
      recipient,
    );
  });
});
