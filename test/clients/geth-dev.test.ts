// `geth --dev`, as newcomers start it: a block for each transaction, and every 32nd block final.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { type Chain, call } from '../../cli/devnet/anvil.ts';
import { pegway } from '../support/cli.ts';
import { anvilKey } from '../support/bridge.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { startGeth } from '../support/geth/geth.ts';
import { eventually } from '../support/wait.ts';

const FINAL_EVERY = 32;
const rich = privateKeyToAccount(anvilKey);
const stranger = privateKeyToAccount(generatePrivateKey());

describe('on geth --dev', () => {
  const chains: Chain[] = [];
  /** Nonces of the stranger by chain. */
  const sent = new Map<number, number>();
  let net: TestNet;

  /** One transaction of a stranger, and so one block. */
  async function transfer({ chainId, rpcUrl }: Chain, from = stranger, value = 0n): Promise<void> {
    const nonce = from === stranger ? (sent.get(chainId) ?? 0) : 0;
    if (from === stranger) sent.set(chainId, nonce + 1);
    const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 9n };
    const raw = await from.signTransaction({ ...fees, chainId, nonce, gas: 21_000n, to: stranger.address, value });
    await call(rpcUrl, 'eth_sendRawTransaction', raw);
    const count = () => call(rpcUrl, 'eth_getTransactionCount', from.address, 'latest') as Promise<Hex>;
    await eventually(`transfer ${nonce} on ${chainId}`, async () => Number(await count()) > nonce);
  }
  async function finalizeNow(chain: Chain): Promise<void> {
    for (let count = 0; count < FINAL_EVERY; count += 1) await transfer(chain);
  }
  const chainOf = (side: 'main' | 'product') =>
    chains.find(({ chainId }) => chainId === net.devnet.file[side].chainId)!;

  before(async () => {
    net = await startTestNet({
      async startChain({ chainId, logFile }) {
        const chain = await startGeth({
          ...{ chainId, logFile, fork: 'osaka', rich: rich.address },
          flags: ['--dev', '--dev.period', '0'],
        });
        chains.push(chain);
        await transfer(chain, rich, 1_000n * ONE);
        return chain;
      },
      startBlocks: finalizeNow,
    });
  });
  after(() => net.stop());

  it('mints nothing before the next 32nd block, and then at once', async () => {
    const departure = await net.deposit();
    const { reader } = net.holder.main;
    const final = (await reader.getBlock({ blockTag: 'finalized' })).number;
    assert.equal(Number(final) % FINAL_EVERY, 0);
    await net.swept(allSigners, 2);
    // A deposit in a 32nd block itself is final at once.
    if (final < departure.blockNumber) assert.equal(await net.isOpen(departure), true);
    await finalizeNow(chainOf('main'));
    await net.arrives(departure);
  });

  it('pays a redeem, and passes the audit once all is final', async () => {
    const departure = await net.redeem(ONE / 2n);
    await finalizeNow(chainOf('product'));
    await net.arrives(departure);
    await finalizeNow(chainOf('main'));
    await finalizeNow(chainOf('product'));
    const { status, stdout, stderr } = await pegway('audit', '--data', net.directory);
    assert.equal(status, 0, stdout + stderr);
  });
});
