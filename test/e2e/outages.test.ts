import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { privateKeyToAddress } from 'viem/accounts';

import { call } from '../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import type { StatusView } from '../../protocol/api-types.ts';
import { type Departure, mainBridgeAbi, productTokenAbi, redeem, status } from '../../sdk/index.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { limitFiles } from '../support/file-limit.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { eventually } from '../support/wait.ts';

describe('six relayers', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet({ processes: true });
  });
  after(() => net.stop());

  /** The peers of each, while they are cut off from one another. */
  const peers = new Map<number, unknown>();

  const approvals = async ({ nonce }: { readonly nonce: bigint }) => {
    const { reader, bridge } = net.holder.product;
    const range = { address: bridge, abi: mainBridgeAbi, fromBlock: 0n } as const;
    const found = await reader.getContractEvents({ ...range, eventName: 'TransfersApproved' });
    return found.filter(
      ({ args: { productToken, firstNonce } }) => productToken === net.tokens[0] && firstNonce === nonce,
    );
  };

  it('carry a deposit and a redeem of every peg', async () => {
    const { pegs } = net.devnet.file;
    const departures: Departure[] = [];
    for (const [index, { mainDecimals }] of pegs.entries())
      departures.push(await net.deposit(10n ** BigInt(mainDecimals), index));
    for (const there of departures.splice(0)) await net.arrives(there);
    for (const [index, { productDecimals }] of pegs.entries())
      departures.push(await net.redeem(10n ** BigInt(productDecimals), index));
    for (const back of departures) await net.arrives(back);
  });

  it('go on when two of them are killed', async () => {
    await net.kill(0, 3);
    await net.arrives(await net.deposit());
    await net.restart(0, 3);
  });

  it('move nothing when three of them are killed, and go on when one returns', async () => {
    await net.kill(1, 2, 5);
    const departure = await net.deposit();
    // Past the fallback, the three that are left have done all that they can.
    await eventually('three approve it on chain', async () => (await approvals(departure)).length === 3);
    await net.blocksLater(10n);
    assert.equal(await net.isOpen(departure), true);

    await net.restart(2);
    await net.arrives(departure);
    await net.restart(1, 5);
  });

  it('sign nothing that they have no room to record, say so, and go on when there is room', async () => {
    const full = [1, 2, 5];
    const problems = async (index: number) => {
      const response = await fetch(`${net.devnet.members[index]!.apiUrl}/v1/status`);
      return ((await response.json()) as StatusView).problems.map(({ code }) => code);
    };
    const isReady = async (index: number) =>
      (await fetch(new URL('/health/ready', net.devnet.members[index]!.metricsUrl))).ok;
    const allOfThem = (what: string, is: (index: number) => Promise<boolean>) =>
      eventually(what, async () => (await Promise.all(full.map(is))).every(Boolean));

    for (const index of full) limitFiles(net.devnet.relayer(index).pid, 'full');
    const departure = await net.deposit();
    await allOfThem('they say that their disks are full', async (index) =>
      (await problems(index)).includes('disk-full'),
    );
    await allOfThem('they are not ready', async (index) => !(await isReady(index)));
    // The three others are too few, however long they try.
    assert.equal(await net.isOpen(departure), true);

    for (const index of full) limitFiles(net.devnet.relayer(index).pid, 'room');
    await net.arrives(departure);
    await allOfThem('they are well', async (index) => !(await problems(index)).includes('disk-full'));
  });

  it('wait for room when they are started on a full disk, and say so', async () => {
    await net.kill(1);
    net.wipe(1);
    const started = net.restart(1);
    limitFiles(net.devnet.relayer(1).pid, 'full');
    await eventually('it says that its disk is full', async () => {
      const response = await fetch(new URL('/health/ready', net.devnet.members[1]!.metricsUrl));
      return !response.ok && (await response.text()).includes('disk-full');
    });
    limitFiles(net.devnet.relayer(1).pid, 'room');
    await started;
    await net.arrives(await net.deposit());
  });

  it('arrive by approvals when the peers are cut off from one another', async () => {
    for (const { index } of net.devnet.members) {
      net.configure(index, (config) => {
        peers.set(index, config.peers);
        config.peers = [];
      });
      net.devnet.relayer(index).kill('SIGHUP');
    }
    for (const { index, metricsUrl } of net.devnet.members) {
      await eventually(`signer ${index} has applied it`, async () => {
        const metrics = await (await fetch(metricsUrl)).text();
        return metrics.includes('pegway_config_reload_timestamp_seconds{outcome="applied"}');
      });
    }

    const departure = await net.deposit();
    await net.arrives(departure);
    const approved = (await approvals(departure)).length;
    assert.ok(approved >= 3, `${approved} approvals`);
    const [execution] = await net.executions(departure);
    assert.equal(execution?.firstNonce, departure.nonce);
  });

  it('return a refused withdrawal by approvals while they are cut off', async () => {
    const { reader, bridge } = net.holder.main;
    const { rpcUrl } = net.devnet.file.main;
    const productToken = net.tokens[0] ?? '0x';
    const blocked = privateKeyToAddress(net.devnet.file.holders[1]?.privateKey ?? '0x');
    const allow = await refuseTransfers(rpcUrl, net.devnet.file.pegs[0]?.mainToken ?? '0x', blocked);
    const refused = await redeem(net.holder.product, { productToken, amount: ONE, recipient: blocked });
    const contract = { address: bridge, abi: mainBridgeAbi } as const;
    const args = [productToken, refused.nonce] as const;
    await eventually(
      'its token refuses it',
      async () => (await reader.readContract({ ...contract, functionName: 'failedAt', args })) > 0n,
    );
    await call(rpcUrl, 'evm_increaseTime', devnetDelays.bounceDelay + 1);
    await eventually('it bounces', async () => (await status(net.holder.main, refused)) === 'bounced', 120);

    const approved = await reader.getContractEvents({ ...contract, eventName: 'DigestApproved', fromBlock: 0n });
    // The signer that completes the quorum needs no approval: it sends the bounce with its signature.
    assert.ok(new Set(approved.map(({ args }) => args.signer)).size >= 3, `${approved.length} approvals`);
    await allow();

    for (const index of allSigners) {
      net.configure(index, (config) => {
        config.peers = peers.get(index) as typeof config.peers;
      });
    }
  });

  it('carry all of 50 open transfers exactly once after kill -9 of all and the loss of every data folder', async () => {
    await net.kill(...allSigners);
    const productToken = net.tokens[0] ?? '0x';
    const nonces = await net.depositMany(50);
    const departures = nonces.map((nonce) => ({ direction: 'mint' as const, productToken, nonce }));
    net.wipe(...allSigners);
    await net.restart(...allSigners);

    for (const departure of departures) await net.arrives(departure, 120);
    for (const departure of departures) assert.equal((await net.executions(departure)).length, 1);
    const { reader, bridge } = net.holder.main;
    for (const { productToken, numerator, denominator } of net.devnet.file.pegs) {
      const locked = await reader.readContract({
        address: bridge,
        abi: mainBridgeAbi,
        functionName: 'locked',
        args: [productToken],
      });
      const supply = await net.holder.product.reader.readContract({
        address: productToken,
        abi: productTokenAbi,
        functionName: 'totalSupply',
      });
      assert.equal((locked * BigInt(numerator)) / BigInt(denominator), supply);
    }
  });

  it('never write a key of theirs into a log', () => {
    for (const { configFile, privateKey } of net.devnet.members) {
      const log = readFileSync(join(dirname(configFile), 'relayer.log'), 'utf8');
      assert.match(log, /relayer started/);
      assert.ok(!log.includes(privateKey.slice(2)), 'a key is in a log');
    }
  });
});
