import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Redis } from 'ioredis';
import { erc20Abi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { type Chain, call, startChain } from '../../cli/devnet/anvil.ts';
import { clientsOf } from '../../cli/deploy/chain-clients.ts';
import { newKeys } from '../../cli/devnet/devnet-fleet.ts';
import { demoTokenAbi } from '../../cli/devnet/demo-tokens.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { mainBridgeAbi } from '../../sdk/index.ts';
import { anvilKey, deployTestBridge } from '../support/bridge.ts';
import { pegway } from '../support/cli.ts';
import { NodeError, type NodeFault, type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';

describe('pegway doctor', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-doctor-'));
  const account = privateKeyToAccount(anvilKey);
  const keys = newKeys(6);
  let chains: { main: Chain; product: Chain };
  let pair: Awaited<ReturnType<typeof deployTestBridge>>;
  let proxy: RpcProxy;
  let right: ConfigFile;

  before(async () => {
    const start = (chainId: number) =>
      startChain({ chainId, free: false, logFile: join(directory, `chain-${chainId}.log`) });
    chains = { main: await start(42_337), product: await start(42_338) };
    proxy = await startRpcProxy();
    const clients = clientsOf({ rpcUrl: chains.main.rpcUrl, chainId: chains.main.chainId, account });
    pair = await deployTestBridge(
      chains,
      keys.map(({ address }) => address),
    );
    // One deposit, so that there is an event to withhold.
    const [productToken = '0x'] = pair.productTokens;
    const { writer, reader } = clients;
    const chain = writer.chain ?? null;
    const send = async (request: object) => {
      const hash = await writer.writeContract({ ...request, account, chain } as never);
      await reader.waitForTransactionReceipt({ hash });
    };
    const { mainToken } = await reader.readContract({
      ...{ address: pair.mainBridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] },
    });
    const amount = 10n ** 18n;
    await send({ address: mainToken, abi: demoTokenAbi, functionName: 'mint', args: [account.address, amount] });
    await send({ address: mainToken, abi: erc20Abi, functionName: 'approve', args: [pair.mainBridge, amount] });
    const args = [productToken, amount, account.address, 0n];
    await send({ address: pair.mainBridge, abi: mainBridgeAbi, functionName: 'deposit', args });
    for (const { rpcUrl } of [chains.main, chains.product]) {
      for (const { address } of keys) await call(rpcUrl, 'anvil_setBalance', address, '0xde0b6b3a7640000');
      await call(rpcUrl, 'anvil_mine', '0x50');
    }
    right = {
      main: { chainId: 42_337, bridge: pair.mainBridge, rpcUrls: [proxy.way('main', chains.main.rpcUrl)] },
      product: { chainId: 42_338, bridge: pair.productBridge, rpcUrls: [proxy.way('product', chains.product.rpcUrl)] },
      key: `plain:${keys[0]?.privateKey ?? ''}`,
      devnet: true,
    };
  });
  after(async () => {
    await Promise.all([chains.main.stop(), chains.product.stop()]);
    await proxy.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const examine = async (config: object, faults: Record<string, NodeFault> = {}) => {
    const file = join(directory, 'relayer.json');
    writeFileSync(file, JSON.stringify({ ...right, ...config }));
    for (const [way, fault] of Object.entries(faults)) proxy.faults.set(way, fault);
    const { status, stdout, stderr } = await pegway('doctor', '--config', file, '--json');
    proxy.faults.clear();
    const findings = JSON.parse(stdout) as Finding[];
    return { status, findings, bad: findings.filter(({ outcome }) => outcome === 'bad'), stderr };
  };
  /** Exactly one thing is wrong, and it is this one. */
  const findsOnly = async (check: string, found: RegExp, config: object, faults?: Record<string, NodeFault>) => {
    const { status, bad } = await examine(config, faults);
    assert.equal(status, 1);
    assert.deepEqual(
      bad.map((finding) => finding.check),
      [check],
      JSON.stringify(bad),
    );
    assert.match(`${bad[0]?.found} ${bad[0]?.hint}`, found);
  };

  it('finds nothing wrong where nothing is, and says what it has measured', async () => {
    const { status, findings, bad, stderr } = await examine({});
    assert.deepEqual(bad, []);
    assert.equal(status, 0);
    assert.match(stderr, /\d+ passed, \d+ warnings, 0 errors/);
    for (const check of [
      'signers',
      'rate',
      'minting',
      'collateral',
      'last 100 blocks',
      'eth_getLogs range',
      'main signer',
    ]) {
      assert.ok(
        findings.some((finding) => finding.check === check && finding.outcome === 'ok'),
        check,
      );
    }
  });

  it('prints a line a check for people', async () => {
    const { status, stdout } = await pegway('doctor', '--config', join(directory, 'relayer.json'));
    assert.equal(status, 0);
    assert.match(stdout, /^✔ both bridges: signers: 6 equal on both sides/m);
    assert.match(stdout, /^! main chain: trust: .*\n {4}→ /m);
  });

  it('finds a node of another chain, and goes on with what else there is', async () => {
    // Two nodes agree on everything else: with a quorum of one, the first answer would decide, be it the wrong node's.
    const rpcUrls = [chains.main.rpcUrl, `${chains.main.rpcUrl}/?again`, chains.product.rpcUrl];
    const { status, bad, findings } = await examine({ main: { ...right.main, rpcUrls, rpcQuorum: 2 } });
    assert.equal(status, 1);
    assert.deepEqual(
      bad.map(({ check }) => check),
      ['chain id'],
    );
    assert.match(bad[0]?.found ?? '', /42338, expected 42337/);
    assert.ok(findings.some(({ check }) => check === 'product signer'));
  });

  it('names the node of a chain that does not answer, and goes on with the other chain', async () => {
    const { status, bad, findings } = await examine({ product: { ...right.product, rpcUrls: ['http://127.0.0.1:9'] } });
    assert.equal(status, 1);
    assert.deepEqual(
      bad.map(({ subject, check }) => `${subject}: ${check}`),
      ['product chain: answers'],
    );
    assert.match(bad[0]?.found ?? '', /the product chain does not answer: .*127\.0\.0\.1:9/);
    assert.ok(findings.some(({ check }) => check === 'last 100 blocks'));
  });

  it('finds two bridges that do not name each other', async () => {
    const { status, bad } = await examine({ main: { ...right.main, bridge: pair.productTokens[0] } });
    assert.equal(status, 1);
    assert.equal(bad[0]?.check, 'pair');
  });

  it('finds a header rule that is not the chain’s', () =>
    findsOnly('last 100 blocks', /the header matches headerRule ethereum: set it for this chain/, {
      main: { ...right.main, headerRule: 'clique' },
    }));

  it('finds a node whose receipts are not those of its header', () =>
    findsOnly(
      'last 100 blocks',
      /receipts/,
      {},
      {
        main: {
          tell({ method }, result) {
            const receipts = result as { logs: { data: string }[] }[];
            if (method !== 'eth_getBlockReceipts') return result;
            for (const { logs } of receipts) for (const log of logs) log.data = log.data.replace(/.$/, '7');
            return receipts;
          },
        },
      },
    ));

  it('finds a node that does not have eth_getBlockReceipts', () =>
    findsOnly(
      'last 100 blocks',
      /eth_getBlockReceipts/,
      {},
      {
        product: { tell: ({ method }, result) => (method === 'eth_getBlockReceipts' ? null : result) },
      },
    ));

  it('measures what a node limits eth_getLogs to, and says what to configure', () =>
    findsOnly(
      'eth_getLogs range',
      /set logRange to 30 or less, found 2000/,
      {},
      {
        main: {
          ask({ method, params }) {
            const [filter] = params as { fromBlock: string; toBlock: string }[];
            if (method !== 'eth_getLogs' || filter === undefined) return Promise.resolve(undefined);
            if (Number(filter.toBlock) - Number(filter.fromBlock) < 30) return Promise.resolve(undefined);
            return Promise.reject(new NodeError(-32_005, 'range too large'));
          },
        },
      },
    ));

  it('finds a node that withholds the bridge’s events', () =>
    findsOnly(
      'eth_getLogs content',
      /returns nothing of block/,
      {},
      {
        main: { tell: ({ method }, result) => (method === 'eth_getLogs' ? [] : result) },
      },
    ));

  it('finds a node that does not know the finalized block', () =>
    findsOnly(
      'final block',
      /depth/,
      { main: { ...right.main, rpcUrls: [right.main.rpcUrls[0], chains.main.rpcUrl], rpcQuorum: 1 } },
      {
        main: {
          tell: ({ method, params }, result) =>
            method === 'eth_getBlockByNumber' && params[0] === 'finalized' ? null : result,
        },
      },
    ));

  it('finds a token that another contract may mint', async () => {
    const [token = '0x'] = pair.productTokens;
    const code = (await call(chains.product.rpcUrl, 'eth_getCode', token, 'latest')) as string;
    const stranger = '12'.repeat(20);
    const patched = code.replaceAll(pair.productBridge.slice(2).toLowerCase(), stranger);
    assert.notEqual(patched, code);
    await call(chains.product.rpcUrl, 'anvil_setCode', token, patched);
    await findsOnly('minting', new RegExp(`its bridge is 0x${stranger}`, 'i'), {});
    await call(chains.product.rpcUrl, 'anvil_setCode', token, code);
  });

  it('finds a bridge that holds less than it has locked', async () => {
    const [token] = (await call(chains.main.rpcUrl, 'eth_accounts')) as string[];
    assert.ok(token !== undefined);
    const snapshot = await call(chains.main.rpcUrl, 'evm_snapshot');
    await call(chains.main.rpcUrl, 'anvil_impersonateAccount', pair.mainBridge);
    await call(chains.main.rpcUrl, 'anvil_setBalance', pair.mainBridge, '0xde0b6b3a7640000');
    const { reader } = clientsOf({ rpcUrl: chains.main.rpcUrl, chainId: 42_337, account });
    const [productToken = '0x'] = pair.productTokens;
    const { mainToken } = await reader.readContract({
      ...{ address: pair.mainBridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] },
    });
    const data = `0xa9059cbb${token.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}`;
    await call(chains.main.rpcUrl, 'eth_sendTransaction', { from: pair.mainBridge, to: mainToken, data });
    await call(chains.main.rpcUrl, 'anvil_mine', '0x4');
    await findsOnly('collateral', /the bridge is short/, {});
    await call(chains.main.rpcUrl, 'evm_revert', snapshot);
  });

  it('finds a key that is no signer', async () => {
    const [stranger] = newKeys(1);
    const { status, bad } = await examine({ key: `plain:${stranger?.privateKey ?? ''}` });
    assert.equal(status, 1);
    assert.deepEqual(
      bad.map(({ check }) => check),
      ['main signer', 'product signer', 'main funds', 'product funds'],
    );
  });

  it('never shows a key', async () => {
    const secret = keys[0]?.privateKey.slice(2) ?? '';
    const { stdout, stderr } = await pegway('doctor', '--config', join(directory, 'relayer.json'));
    assert.ok(!`${stdout}${stderr}`.includes(secret));
    const { findings } = await examine({});
    assert.ok(!JSON.stringify(findings).includes(secret));
  });

  it('finds a peer that is no relayer, and warns of one that is silent', async () => {
    const server = createServer((_, response) => response.end('{"hello": "world"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const peers = [
      { address: keys[1]?.address, url: `http://127.0.0.1:${port}` },
      { address: keys[2]?.address, url: 'http://127.0.0.1:9' },
    ];
    const { findings } = await examine({ peers });
    server.close();
    const of = (index: number) => findings.find(({ subject }) => subject === `peer ${keys[index]?.address}`)?.outcome;
    assert.deepEqual([of(1), of(2)], ['bad', 'warn']);
  });

  it('finds a queue that is not there', () => findsOnly('Redis answers', /./, { queue: 'redis://127.0.0.1:9' }));

  it(
    'finds a Redis that may drop jobs',
    { skip: process.env['REDIS_URL'] === undefined && 'needs REDIS_URL' },
    async () => {
      const url = process.env['REDIS_URL'] ?? '';
      const redis = new Redis(url);
      const [, policy = 'noeviction'] = await redis.config('GET', 'maxmemory-policy');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await findsOnly('maxmemory-policy', /noeviction/, { queue: url });
      await redis.config('SET', 'maxmemory-policy', policy);
      await redis.quit();
    },
  );

  it('says with exit status 2 what is wrong with a configuration', async () => {
    const { status, stderr } = await pegway('doctor', '--config', join(directory, 'none.json'));
    assert.equal(status, 2);
    assert.match(stderr, /cannot read the configuration file/);
  });

  // The last one: the chain is ahead of time from here on.
  it('finds a machine whose clock is behind', async () => {
    const ahead = Math.floor(Date.now() / 1_000) + 600;
    await call(chains.product.rpcUrl, 'evm_setNextBlockTimestamp', ahead);
    await call(chains.product.rpcUrl, 'anvil_mine', '0x1');
    await findsOnly('clock', /NTP/, {});
  });
});
