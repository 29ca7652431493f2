import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Hex, erc20Abi, zeroHash } from 'viem';
import { sign } from 'viem/accounts';

import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import {
  type BridgeClient,
  type Departure,
  attestationDigest,
  deposit,
  encodeSignatures,
  encodeTransfers,
  mainBridgeAbi,
  redeem,
  status,
} from '../../sdk/index.ts';
import { pegway, pegwayOffline } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

const arrives = (departure: Departure, destination: BridgeClient) =>
  eventually(
    `${departure.direction} ${departure.nonce}`,
    async () => (await status(destination, departure)) !== 'open',
  );

/** A holder's actions at one bridge of the devnet. */
function use({ devnet }: TestNet, place: number, peg = 0) {
  const bridge = devnet.fleets[place]?.bridge ?? devnet.file;
  const holder = holderOf(bridge, devnet.file.holders[0]?.privateKey ?? '0x');
  const { productToken = '0x', mainToken = '0x' } = bridge.pegs[peg] ?? {};
  const recipient = holder.address;
  const balance = (side: 'main' | 'product') =>
    holder[side].reader.readContract({
      ...{ address: side === 'main' ? mainToken : productToken, abi: erc20Abi, functionName: 'balanceOf' },
      args: [recipient],
    });
  return {
    ...{ bridge, holder, productToken, mainToken, balance },
    deposit: (amount = ONE) => deposit(holder.main, { productToken, amount, recipient }),
    redeem: (amount = ONE) => redeem(holder.product, { productToken, amount, recipient }),
    locked: () =>
      holder.main.reader.readContract({
        ...{ address: holder.main.bridge, abi: mainBridgeAbi, functionName: 'locked', args: [productToken] },
      }),
  };
}

describe('two product chains on one main chain', () => {
  let net: TestNet;
  let first: ReturnType<typeof use>;
  let second: ReturnType<typeof use>;
  before(async () => {
    net = await startTestNet({ productChains: 2 });
    first = use(net, 0);
    second = use(net, 1);
  });
  after(() => net.stop());

  it('are described by one deployment file, and are as it says', async () => {
    const { status: code, stdout, stderr } = await pegway('verify-deployment', net.devnet.file.deploymentFile);
    assert.equal(code, 0, stdout + stderr);
    const relayers = net.devnet.fleets.flatMap(({ bridge }) => bridge.signers.map(({ apiUrl }) => apiUrl));
    assert.equal(new Set(relayers).size, 12);
  });

  it('each carry their own transfers over their own collateral', async () => {
    const departures = [await first.deposit(3n * ONE), await second.deposit(5n * ONE)] as const;
    await arrives(departures[0], first.holder.product);
    await arrives(departures[1], second.holder.product);
    assert.equal(await first.balance('product'), 3n * ONE);
    assert.equal(await second.balance('product'), 5n * ONE);
    assert.deepEqual([await first.locked(), await second.locked()], [3n * ONE, 5n * ONE]);
    assert.notEqual(first.holder.main.bridge, second.holder.main.bridge);
  });

  it('a whole quorum of one bridge’s signers that lies takes nothing of the other’s collateral', async () => {
    const { bridge, holder, productToken, mainToken } = second;
    const transfers = encodeTransfers([{ recipient: holder.address, amount: 8n * ONE }]);
    const keys = bridge.signers.slice(0, 4);
    const signed = async (victim: Hex, sourceBridge: Hex, token: Hex, sourceChainId: number) => {
      const digest = attestationDigest({
        destination: { chainId: bridge.main.chainId, bridge: victim },
        source: { chainId: sourceChainId, bridge: sourceBridge },
        ...{ signerEpoch: 1n, productToken: token, firstNonce: 0n, transfers, sourceBlock: zeroHash },
      });
      const signatures = keys.map(async ({ index, privateKey }) => {
        const { r, s, yParity } = await sign({ hash: digest, privateKey });
        return { index, signature: compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 }) };
      });
      return encodeSignatures(await Promise.all(signatures));
    };
    const withdraw = async (victim: Hex, sourceBridge: Hex, token: Hex, sourceChainId: number) =>
      holder.main.reader.simulateContract({
        ...{ address: victim, abi: mainBridgeAbi, functionName: 'withdraw' },
        args: [token, 0n, transfers, await signed(victim, sourceBridge, token, sourceChainId), zeroHash],
        account: holder.address,
      });
    // Their own bridge pays at most its own collateral, regardless of the other bridge's.
    await assert.rejects(
      withdraw(bridge.main.bridge, bridge.product.bridge, productToken, bridge.product.chainId),
      /InsufficientLocked/,
    );
    // Their signatures are invalid at the other bridge.
    const { main, product } = first.bridge;
    await assert.rejects(
      withdraw(main.bridge, product.bridge, first.productToken, product.chainId),
      /InvalidSignature/,
    );
    assert.equal(mainToken, first.mainToken);
  });

  it('one without its quorum stands still, and the other does not notice', async () => {
    const fleet = net.devnet.fleets[1];
    for (const index of [0, 1, 2]) fleet?.relayer(index).kill('SIGKILL');
    for (const index of [0, 1, 2]) await fleet?.relayer(index).ended;
    const stuck = await second.deposit();
    await arrives(await first.deposit(), first.holder.product);
    await arrives(await first.redeem(), first.holder.main);
    assert.equal(await status(second.holder.product, stuck), 'open');
    await fleet?.restart(0);
    await arrives(stuck, second.holder.product);
  });

  it('one whose product chain is gone stands still, and the other does not notice', async () => {
    const chain = net.devnet.chains.find(({ chainId }) => chainId === second.bridge.product.chainId);
    chain?.kill('SIGKILL');
    await chain?.ended;
    await second.deposit();
    await arrives(await first.deposit(), first.holder.product);
    await arrives(await first.redeem(), first.holder.main);
    assert.equal(net.devnet.fleets[0]?.relayer(0).isRunning(), true);
  });
});

describe('a chain of bridges: the second locks what the first mints', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet({ productChains: 2, layout: 'chain', anchorEverySeconds: 2 });
  });
  after(() => net.stop());

  it('carries from the first main chain to the last product chain and back', async () => {
    const inner = use(net, 0);
    const outer = use(net, 1);
    assert.equal(inner.productToken, outer.mainToken);
    await arrives(await inner.deposit(3n * ONE), inner.holder.product);
    await arrives(await outer.deposit(2n * ONE), outer.holder.product);
    assert.equal(await outer.balance('product'), 2n * ONE);
    assert.deepEqual([await inner.locked(), await outer.locked()], [3n * ONE, 2n * ONE]);

    await arrives(await outer.redeem(2n * ONE), outer.holder.main);
    await arrives(await inner.redeem(3n * ONE), inner.holder.main);
    assert.deepEqual([await inner.locked(), await outer.locked()], [0n, 0n]);
    assert.equal(await inner.balance('product'), 0n);
  });

  it('proves a redeem on the last product chain against the first main chain, on a machine without network', async () => {
    const { bridge, productToken } = use(net, 1);
    const printed = await eventually(
      'a receipt through both anchors',
      async () => {
        const where = ['--data', net.directory, '--bridge', bridge.name, '--through', net.devnet.file.name];
        const { status: code, stdout } = await pegway('receipt', 'redeem', productToken, '0', ...where);
        return code === 0 ? stdout : undefined;
      },
      120,
    );
    const file = join(net.directory, 'receipt.json');
    writeFileSync(file, printed);
    const offline = await pegwayOffline('verify', file, '--json');
    assert.equal(offline.status, 0, offline.stderr);
    const { restsOn } = JSON.parse(offline.stdout) as { restsOn: { of: string; number: number; hash: string }[] };
    const [outermost, ...more] = restsOn;
    assert.deepEqual([outermost?.of, more], ['through', []]);
    const { reader } = use(net, 0).holder.main;
    assert.equal((await reader.getBlock({ blockNumber: BigInt(outermost?.number ?? 0) })).hash, outermost?.hash);
    // The nodes of the two outer chains: the innermost chain needs none.
    const nodes = [net.devnet.file.main.rpcUrl, bridge.main.rpcUrl];
    const compared = await pegway('verify', file, '--rpc', ...nodes);
    assert.equal(compared.status, 0, compared.stderr);
    assert.match(compared.stdout, /outermost anchor +outer chain .* confirmed by the node/);
    assert.equal((await pegway('verify', file, '--rpc', bridge.main.rpcUrl)).status, 1);
    assert.notEqual((await pegwayOffline('verify', file, '--rpc', ...nodes)).status, 0, 'the network was not refused');
  });
});
