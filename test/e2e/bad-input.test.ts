import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { privateKeyToAddress } from 'viem/accounts';

import { type Chain, call, startChain } from '../../cli/devnet/anvil.ts';
import { type Child, watchChild } from '../../cli/devnet/child.ts';
import { freePorts } from '../../cli/devnet/free-ports.ts';
import { startRelayerProcess } from '../support/relayer.ts';
import { pegwayProcess } from '../support/cli.ts';
import { deployTestBridge } from '../support/bridge.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';

type Json = Record<string, unknown>;

describe('a relayer with a wrong configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-input-'));
  const key = `0x${'ab'.repeat(32)}` as const;
  let chains: { main: Chain; product: Chain };
  /** To the product chain's node, so that another node can take its place. */
  let proxy: RpcProxy;
  let right: { main: Json; product: Json; key: string; devnet: boolean; listen: Json; dataDir: string };
  let strangerBridge: string;

  const start = (chainId: number, name = 'chain') =>
    startChain({ chainId, free: false, logFile: join(directory, `${name}-${chainId}.log`) });

  before(async () => {
    proxy = await startRpcProxy();
    chains = { main: await start(41_337), product: await start(41_338) };
    const first = await deployTestBridge(chains);
    // Mine further blocks: a deployment is not finalized at once.
    for (const { rpcUrl } of [chains.main, chains.product]) await call(rpcUrl, 'anvil_mine', '0x8');
    strangerBridge = (await deployTestBridge(chains)).productBridge;
    const [publicPort, privatePort] = await freePorts(2);
    right = {
      main: { chainId: 41_337, rpcUrls: [chains.main.rpcUrl], bridge: first.mainBridge },
      product: { chainId: 41_338, rpcUrls: [proxy.way('product', chains.product.rpcUrl)], bridge: first.productBridge },
      key: `plain:${key}`,
      devnet: true,
      listen: { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` },
      dataDir: 'data',
    };
  });
  after(async () => {
    await Promise.all([chains.main.stop(), chains.product.stop(), proxy.close()]);
    rmSync(directory, { recursive: true, force: true });
  });

  const write = (config: unknown): string => {
    const file = join(directory, 'relayer.json');
    writeFileSync(file, JSON.stringify(config));
    return file;
  };

  const refuses = async (config: unknown, ...says: RegExp[]) => {
    const { status, stdout, stderr } = await pegwayProcess('relayer', '--config', write(config));
    assert.equal(status, 2, stdout + stderr);
    for (const words of says) assert.match(stderr, words);
    assert.doesNotMatch(stdout + stderr, /\n\s+at /, 'a stack trace');
    assert.doesNotMatch(stdout + stderr, new RegExp(key.slice(2)), 'the key');
  };

  it('names the field, what was found and what is expected', async () => {
    await refuses(
      { ...right, main: { ...right.main, rpcUrls: ['localhost:8545'] }, turnSecond: 3 },
      /main\.rpcUrls\[0\].*http.*localhost:8545/,
      /turnSecond: no such setting/,
    );
  });

  it('refuses a chain whose id is not the configured one', async () => {
    await refuses({ ...right, main: { ...right.main, chainId: 1 } }, /main\.chainId: expected 1.*41337/);
  });

  it('refuses a bridge address without code', async () => {
    const bridge = `0x${'12'.repeat(20)}`;
    await refuses({ ...right, product: { ...right.product, bridge } }, /product\.bridge: there is no contract/);
  });

  it('refuses two bridges that do not name each other', async () => {
    await refuses({ ...right, product: { ...right.product, bridge: strangerBridge } }, /names .* as the other side/);
  });

  it('refuses a key in the clear that is not of a devnet', async () => {
    await refuses({ ...right, devnet: false }, /devnet/);
  });

  describe('that can still be right', () => {
    let child: Child | undefined;
    after(() => child?.stop());

    const started = async (config: Json) => {
      child = watchChild('relayer', await startRelayerProcess(write(config)), join(directory, 'relayer.log'));
      return child;
    };
    const api = (path: string) =>
      fetch(`http://${(right.listen as { public: string }).public}${path}`).then((response) => response.json());

    it('waits for a node that does not answer, and says so', async () => {
      const [port] = await freePorts(1);
      const rpcUrls = [`http://127.0.0.1:${port}`];
      const relayer = await started({ ...right, main: { ...right.main, rpcUrls } });
      await eventually('the log says so', () => relayer.log().includes('rpc-unreachable'));
      assert.equal(relayer.isRunning(), true);
      await relayer.stop();
    });

    it('observes with a key that is no signer, and says so', async () => {
      const relayer = await started(right);
      const status = await eventually(
        'status',
        async () => (await api('/v1/status')) as { address: string; bridges: { main: { role: string } } },
      );
      assert.equal(status.address, privateKeyToAddress(key));
      assert.equal(status.bridges.main.role, 'observer');
      // The response and the log arrive independently.
      await eventually('the log says so', () => relayer.log().includes('not a signer: observing only'));
    });

    it('reports a reversal when its node replaces a final block, although the other history is longer', async (test) => {
      const { private: port } = right.listen as { private: string };
      const other = await start(41_338, 'other');
      test.after(() => other.stop());
      await call(other.rpcUrl, 'anvil_loadState', await call(chains.product.rpcUrl, 'anvil_dumpState'));
      const common = Number(await call(other.rpcUrl, 'eth_blockNumber'));
      await call(chains.product.rpcUrl, 'anvil_mine', '0x8');
      await eventually('the relayer has a final block that the other history lacks', async () => {
        const { bridges } = (await api('/v1/status')) as { bridges: { product: { scannedBlock?: string } } };
        return Number(bridges.product.scannedBlock ?? 0) > common;
      });
      // Blocks with other timestamps have other hashes.
      await call(other.rpcUrl, 'evm_increaseTime', 60);
      await call(other.rpcUrl, 'anvil_mine', '0x10');
      proxy.way('product', other.rpcUrl);
      const reasons = await eventually('it is not ready', async () => {
        const health = (await (await fetch(`http://${port}/health/ready`)).json()) as { reasons: Json[] };
        return health.reasons.some(({ code }) => code === 'finality-reversed') && health.reasons;
      });
      // Other reasons may be present: the watchdog clears its own at its next check.
      assert.ok(reasons.some(({ part }) => part === 'product finality'));
      await child?.stop();
    });
  });
});
