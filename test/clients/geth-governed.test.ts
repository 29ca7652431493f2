// What signers decide, and what happens to transfers that are not simply paid, on geth under the test's own consensus.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { type Address, encodeFunctionData } from 'viem';

import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import { COIN } from '../../protocol/peg.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type Departure, mainBridgeAbi, redeem, status } from '../../sdk/index.ts';
import { pegway } from '../support/cli.ts';
import { ONE, allSigners } from '../support/devnet.ts';
import { type GethNet, startGethNet } from '../support/geth/net.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { decide } from '../support/signer-decisions.ts';
import { eventually } from '../support/wait.ts';

/** Deploys `PUSH0 PUSH0 REVERT`: reverts at every coin. */
const REFUSING = '0x600380600a3d393df35f5ffd';

// Ordered: each test starts from the state that the previous one left.
describe('on geth, signers and exceptional transfers', () => {
  let net: GethNet;
  let proxy: RpcProxy;
  before(async () => {
    proxy = await startRpcProxy();
    net = await startGethNet('osaka', {
      ...{ observers: 1, pegs: { coin: true }, twins: true },
      prepare(bridge, members) {
        for (const { configFile } of members) {
          const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
          config.main.rpcUrls = [proxy.way('main', bridge.main.rpcUrl)];
          writeFileSync(configFile, JSON.stringify(config));
        }
        return Promise.resolve();
      },
    });
  });
  after(async () => {
    await net.stop();
    await proxy.close();
  });

  const statusOf = (departure: Departure) => status(net.holder.main, departure);
  const until = (departure: Departure, wanted: string) =>
    eventually(`${departure.nonce} is ${wanted}`, async () => (await statusOf(departure)) === wanted);
  const addressOf = (index: number) => net.devnet.members[index]!.address;
  const governance = async (index: number, ...args: readonly string[]) => {
    const config = net.devnet.members[index]!.configFile;
    const ended = await pegway('governance', ...args, '--config', config, '--json');
    assert.equal(ended.status, 0, ended.stderr);
  };
  const statusAt = async (index: number): Promise<string> =>
    (await fetch(`${net.devnet.members[index]!.apiUrl}/v1/status`)).text();

  it('parks what exceeds a limit that the signers lowered, and releases it after the delay', async () => {
    await net.arrives(await net.deposit(10n * ONE));
    const productToken = net.tokens[0]!;
    const args = [productToken, ONE / 2n, 0n] as const;
    await decide(net.devnet.file, 'main', [
      encodeFunctionData({ abi: mainBridgeAbi, functionName: 'lowerLimit', args }),
    ]);
    const parked = await net.redeem(ONE);
    await until(parked, 'parked');
    await net.pass(devnetDelays.parkDelay);
    await until(parked, 'executed');
  });

  it('returns a withdrawal that its recipient refuses to the redeemer', async () => {
    const coin = net.devnet.file.pegs.findIndex(({ mainToken }) => mainToken === COIN);
    await net.arrives(await net.deposit(2n * ONE, coin));
    const { reader, writer } = net.holder.main;
    const hash = await writer.deployContract({ abi: [], bytecode: REFUSING });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    const recipient: Address = contractAddress ?? '0x';
    const refused = await redeem(net.holder.product, { productToken: net.tokens[coin]!, amount: ONE, recipient });
    await net.arrives(await net.redeem(ONE, coin));
    assert.equal(await statusOf(refused), 'open');
    await net.pass(devnetDelays.bounceDelay);
    await until(refused, 'bounced');
    assert.equal(await reader.getBalance({ address: recipient }), 0n);
  });

  it('replaces a signer, and the new one signs', async () => {
    const change = ['--replace', `${addressOf(5)}=${addressOf(6)}`, '--out-dir', net.directory];
    await governance(0, 'rotate', ...change, '--sign', '--yes');
    for (const index of [1, 2, 3]) await governance(index, 'sign', '--yes');
    const payer = ['--payer', `plain:${net.devnet.file.holders[1]!.privateKey}`];
    await governance(3, 'submit', ...payer);
    await net.pass(devnetDelays.governanceDelay);
    await governance(1, 'execute', ...payer);
    // Of six signers, four remain with the new one: it is needed.
    await net.kill(0, 5, 4);
    await net.arrives(await net.deposit());
    await net.restart(0, 4, 5);
  });

  it('signs nothing once a node replaced a final block, and names the node', async () => {
    const { twin, driver } = net.chains.main;
    await driver.halt();
    const other = await twin!.part();
    const { number } = await driver.build([]);
    await driver.build([]);
    await driver.finalize(number);
    await net.swept(allSigners, 2);

    // The other history has a deposit, and is final above the height of the first.
    for (let count = 0; count < 6; count += 1) await other.build([]);
    await other.finalize(number + 3n);
    proxy.way('main', twin!.rpcUrl);
    const redeemed = await net.redeem(ONE / 4n);
    await eventually('each relayer reports the reversal', async () => {
      const found = await Promise.all(allSigners.slice(0, 5).map(statusAt));
      return found.every((text) => text.includes('finality-reversed'));
    });
    assert.match(
      await statusAt(1),
      new RegExp(`finalized block ${number} changed from 0x\\w+ \\(node 0-127[^)]*\\) to 0x`),
    );
    // Until they are restarted, also when the node is right again.
    proxy.way('main', net.chains.main.rpcUrl);
    await driver.start(1_000);
    await net.blocksLater(10n);
    assert.equal(await statusOf(redeemed), 'open');
  });
});
