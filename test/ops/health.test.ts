import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { call } from '../../relayer/cli/devnet/anvil.ts';
import type { Health } from '../../relayer/health.ts';
import { type Web3SignerServer, startWeb3Signer } from '../relayer/keys/web3signer-server.ts';
import { type TestNet, ONE, startTestNet } from '../support/devnet.ts';
import { type NodeFault, type RpcProxy, silence, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';

const SIGNER = 4;
const ways = ['one', 'two'] as const;

/** One signer with two nodes of the main chain and a paying key elsewhere, all of which can fail. */
describe('/health/ready of a relayer', () => {
  let net: TestNet;
  let proxy: RpcProxy;
  let payer: Web3SignerServer;

  before(async () => {
    net = await startTestNet();
    proxy = await startRpcProxy();
    payer = await startWeb3Signer();
    const { main, product } = net.devnet.file;
    for (const { rpcUrl } of [main, product])
      await call(rpcUrl, 'anvil_setBalance', payer.address, `0x${ONE.toString(16)}`);
    await net.kill(SIGNER);
    net.configure(SIGNER, (config) => {
      config.main = {
        ...config.main,
        rpcUrls: ways.map((name) => proxy.way(name, main.rpcUrl)),
        rpcQuorum: 2,
        staleSeconds: 8,
        // Longer than a loop may stand, so that one that hangs is seen to hang.
        requestTimeoutSeconds: 300,
      };
      config.payingKey = `web3signer:${payer.url}?address=${payer.address}`;
      config.standSeconds = 10;
    });
    await net.restart(SIGNER);
  });
  after(async () => {
    proxy.faults.clear();
    await net.stop();
    await proxy.close();
    await payer.stop();
  });

  const ask = async () => {
    const url = new URL('/health/ready', net.devnet.members[SIGNER]?.metricsUrl);
    const response = await fetch(url);
    return { status: response.status, ...((await response.json()) as Health) };
  };
  const becomesReady = async () => {
    await eventually('ready', async () => (await ask()).status === 200, 90);
  };
  const isNot = async (part: string, codes: readonly string[]) => {
    const { ready, reasons } = await eventually(
      `not ready: ${part} ${codes.join()}`,
      async () => {
        const health = await ask();
        const told = health.reasons.some((reason) => reason.part === part && codes.includes(reason.code));
        return health.status === 503 && told && health;
      },
      120,
    );
    assert.equal(ready, false);
    assert.ok(reasons.length > 0);
    const live = await fetch(new URL('/health/live', net.devnet.members[SIGNER]?.metricsUrl));
    assert.equal(live.status, 200);
  };
  const failing = async (names: readonly string[], fault: NodeFault, during: () => Promise<void>) => {
    for (const name of names) proxy.faults.set(name, fault);
    await during();
    proxy.faults.clear();
    await becomesReady();
  };

  it('is true while all is well', becomesReady);

  it('is false while its nodes say different things, and true when they agree again', () =>
    failing(
      ['two'],
      { tell: ({ method }, result) => (method === 'eth_getBlockByNumber' ? alter(result) : result) },
      () => isNot('main chain', ['rpc-disagreement']),
    ));

  it('is false while a node that the quorum needs does not answer', () =>
    failing(['two'], silence, () => isNot('main chain', ['rpc-unreachable'])));

  it('is false while its nodes show an old final block as the last, which its peers have passed', () => {
    let kept: unknown;
    const fault: NodeFault = {
      tell({ method, params }, result) {
        if (method !== 'eth_getBlockByNumber' || params[0] !== 'finalized') return result;
        return (kept ??= result);
      },
    };
    return failing(ways, fault, () => isNot('main chain', ['stale-head']));
  });

  it('is false while a loop stands', () => {
    const release = Promise.withResolvers<undefined>();
    const hanging: NodeFault = { http: () => release.promise.then(() => 'go on') };
    return failing(ways, hanging, async () => {
      await isNot('watch-main', ['loop-stands']);
      release.resolve(undefined);
    });
  });

  it('is false while its key does not sign', async () => {
    const refuse = () => payer.trouble.push((response) => response.writeHead(503).end());
    // More than it can ask for while this lasts.
    for (let index = 0; index < 10_000; index++) refuse();
    await eventually(
      'the key is missed',
      async () => (await ask()).reasons.some(({ part }) => part === 'pay key'),
      120,
    );
    assert.equal((await ask()).status, 503);
    payer.trouble.length = 0;
    await becomesReady();
  });

  it('is true while the bridge as a whole does not move, and the body says so', async () => {
    await net.kill(0, 1, 2);
    const { bridge } = await eventually('the margin is gone', async () => {
      const health = await ask();
      return health.bridge.length > 0 && health;
    });
    assert.deepEqual([...new Set(bridge.map(({ code }) => code))], ['waiting-for-signatures']);
    assert.equal((await ask()).status, 200);
    await net.restart(0, 1, 2);
    await eventually('the margin is back', async () => (await ask()).bridge.length === 0);
  });
});

/** The same block with another hash. */
function alter(result: unknown): unknown {
  const block = result as { hash: string } | null;
  return block === null ? null : { ...block, hash: `0x${'ab'.repeat(32)}` };
}
