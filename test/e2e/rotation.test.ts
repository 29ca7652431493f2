import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { auditAtRest } from '../../cli/devnet/audit.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { mainBridgeAbi } from '../../sdk/index.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import type { Direction } from '../../protocol/lane.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

/** Half deposits, half redeems. */
const TRANSFERS = 200;
const WAVES = 5;

describe('changing two of six signers and the threshold', () => {
  let net: TestNet;
  let folder: string;
  let next: readonly string[];

  before(async () => {
    net = await startTestNet({ observers: 2 });
    folder = mkdtempSync(join(tmpdir(), 'pegway-rotation-'));
    await net.arrives(await net.deposit(ONE * BigInt(2 * TRANSFERS)));
  });
  after(async () => {
    await net.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const addressOf = (index: number) => net.devnet.members[index]!.address;

  /** Runs `pegway governance …` as one operator, with only that relayer's configuration. */
  async function governance(index: number, ...args: readonly string[]): Promise<Record<string, unknown>[]> {
    const config = net.devnet.members[index]!.configFile;
    const { status, stdout, stderr } = await pegway('governance', ...args, '--config', config, '--json');
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Record<string, unknown>[];
  }

  const payer = () => ['--payer', `plain:${net.devnet.file.holders[1]!.privateKey}`];
  const passDelay = async () => {
    for (const { rpcUrl } of [net.devnet.file.main, net.devnet.file.product]) {
      await call(rpcUrl, 'evm_increaseTime', 60);
      await call(rpcUrl, 'evm_mine');
    }
  };
  const destination = (direction: Direction) => (direction === 'mint' ? net.holder.product : net.holder.main);

  /** Executions of a lane, each with block, signatures and nonces. */
  async function executions(direction: Direction) {
    const { reader, bridge } = destination(direction);
    const logs = await reader.getContractEvents({
      ...{ address: bridge, abi: mainBridgeAbi, eventName: 'TransfersExecuted', fromBlock: 0n },
      args: { productToken: net.tokens[0] ?? '0x' },
    });
    return logs.map(({ blockNumber, args: { firstNonce = 0n, mask = 0n, signerMask = 0 } }) => {
      const nonces = Array.from({ length: 256 }, (_, bit) => BigInt(bit)).filter((bit) => (mask >> bit) & 1n);
      return { blockNumber, signers: indicesOf(signerMask), nonces: nonces.map((bit) => firstNonce + bit) };
    });
  }

  /** The block in which a bridge's signers changed. */
  async function changedAt(direction: Direction): Promise<bigint> {
    const { reader, bridge } = destination(direction);
    const logs = await reader.getContractEvents({
      ...{ address: bridge, abi: mainBridgeAbi, eventName: 'SignersChanged', fromBlock: 1n },
    });
    return logs.at(-1)?.blockNumber ?? 0n;
  }

  it('is signed by four operators who exchange it through their relayers, and accepted by both bridges', async () => {
    const [gone, went] = [addressOf(4), addressOf(5)];
    const replace = ['--replace', `${gone}=${addressOf(6)}`, `${went}=${addressOf(7)}`];
    const change = [...replace, '--threshold', '5', '--out-dir', folder];
    await governance(0, 'rotate', ...change, '--sign', '--yes');
    next = [0, 1, 2, 3, 6, 7].map(addressOf);

    // Each names neither a file nor a digest: the relayers hold both proposals.
    for (const index of [1, 2, 3]) await governance(index, 'sign', '--yes');
    const sent = await governance(3, 'submit', ...payer());
    assert.deepEqual(
      sent.map(({ chain, outcome }) => [chain, outcome]),
      [
        ['product', 'pending'],
        ['main', 'pending'],
      ],
    );
  });

  it('strands none of 200 transfers that holders send meanwhile: each arrives, once', async () => {
    await passDelay();
    const departed: Record<Direction, bigint[]> = { mint: [], withdraw: [] };
    const wave = TRANSFERS / 2 / WAVES;
    const execution = governance(1, 'execute', ...payer());
    const depart = async (direction: Direction) => {
      for (let number = 1; number <= WAVES; number++) {
        // The last wave starts after the rotation, so that the new signers handle it even if the earlier ones were
        // fast.
        if (number === WAVES) await execution;
        const nonces = direction === 'mint' ? await net.depositMany(wave) : await net.redeemMany(wave);
        departed[direction].push(...nonces);
      }
    };
    const [executed] = await Promise.all([execution, depart('mint'), depart('withdraw')]);
    assert.deepEqual(
      executed.map(({ chain }) => chain),
      ['product', 'main'],
    );

    const productToken = net.tokens[0] ?? '0x';
    for (const direction of ['mint', 'withdraw'] as const) {
      assert.equal(departed[direction].length, TRANSFERS / 2);
      for (const nonce of departed[direction]) await net.arrives({ direction, productToken, nonce }, 120);

      const done = await executions(direction);
      const times = Map.groupBy(
        done.flatMap(({ nonces }) => nonces),
        (nonce) => nonce,
      );
      for (const nonce of departed[direction]) assert.equal(times.get(nonce)?.length, 1);

      // Arrivals under the new signers carry five signatures each.
      const change = await changedAt(direction);
      const later = done.filter(({ blockNumber }) => blockNumber > change);
      assert.ok(later.length > 0, `${direction}: all of them arrived before the signers changed`);
      for (const { signers } of later) assert.equal(signers.length, 5);
    }
    await auditAtRest(net.devnet.file, net.holder);
  });

  it('goes on without the old two, and with the new ones in the place of another', async () => {
    for (const { reader, bridge } of [net.holder.main, net.holder.product]) {
      const contract = { address: bridge, abi: mainBridgeAbi } as const;
      assert.deepEqual(await reader.readContract({ ...contract, functionName: 'signers' }), next);
      assert.equal(await reader.readContract({ ...contract, functionName: 'threshold' }), 5n);
    }
    await net.kill(4, 5, 0);
    const there = await net.deposit();
    await net.arrives(there);
    const last = (await executions('mint')).find(({ nonces }) => nonces.includes(there.nonce));
    assert.deepEqual(last?.signers, [1, 2, 3, 4, 5]);
    await net.arrives(await net.redeem(ONE));
  });

  it('strands none of 200 that are all open, some of them approved in the old epoch, when it happens', async () => {
    // Signers 2, 3, 6 and 7 remain, below the quorum of five: nothing moves.
    await net.kill(1);
    const nonces = { mint: await net.depositMany(TRANSFERS / 2), withdraw: await net.redeemMany(TRANSFERS / 2) };
    const productToken = net.tokens[0] ?? '0x';
    const all = (['mint', 'withdraw'] as const).flatMap((direction) =>
      nonces[direction].map((nonce) => ({ direction, productToken, nonce })),
    );
    for (const direction of ['mint', 'withdraw'] as const) {
      const { reader, bridge } = destination(direction);
      await eventually(`approvals of ${direction}`, async () => {
        const logs = await reader.getContractEvents({
          ...{ address: bridge, abi: mainBridgeAbi, eventName: 'TransfersApproved', fromBlock: 0n },
        });
        return logs.some(({ args: { firstNonce } }) => firstNonce === nonces[direction][0]);
      });
    }

    const back = ['--replace', `${addressOf(6)}=${addressOf(4)}`, `${addressOf(7)}=${addressOf(5)}`];
    const written = await governance(1, 'rotate', ...back, '--threshold', '4', '--out-dir', folder);
    const files = written.map(({ file }) => String(file));
    for (const index of [1, 2, 3, 6, 7]) await governance(index, 'sign', ...files, '--yes');
    await governance(2, 'submit', ...files, ...payer());
    await net.restart(4, 5);
    await passDelay();
    const open = await Promise.all(all.map((one) => net.isOpen(one)));
    assert.equal(open.filter(Boolean).length, TRANSFERS);
    await governance(2, 'execute', ...payer());

    for (const one of all) await net.arrives(one, 120);
    for (const direction of ['mint', 'withdraw'] as const) {
      const times = (await executions(direction)).flatMap((execution) => execution.nonces);
      for (const nonce of nonces[direction]) assert.equal(times.filter((one) => one === nonce).length, 1);
    }
    await auditAtRest(net.devnet.file, net.holder);
  });

  it('makes observers of the relayers that went, and says so', async () => {
    const role = async () => {
      const response = await fetch(`${net.devnet.members[6]!.apiUrl}/v1/status`);
      const status = (await response.json()) as { bridges: Record<string, { role: string }> };
      return Object.values(status.bridges).map((bridge) => bridge.role);
    };
    await eventually('it observes both bridges', async () => (await role()).join() === 'observer,observer');
  });
});
