import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Hex } from 'viem';

import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { anvilKey } from '../support/bridge.ts';
import { pegway } from '../support/cli.ts';
import { ONE, allSigners } from '../support/devnet.ts';
import { type GethNet, startGethNet } from '../support/geth/net.ts';
import { eventually } from '../support/wait.ts';

describe('on geth with the rules of Osaka', () => {
  let net: GethNet;
  before(async () => {
    net = await startGethNet('osaka', { processes: true });
  });
  after(() => net.stop());

  const mainUrl = () => net.devnet.file.main.rpcUrl;
  const pooled = async (): Promise<number> => {
    const { pending } = (await call(mainUrl(), 'txpool_status')) as { pending: Hex };
    return Number(pending);
  };
  const clean = async () => {
    const { status, stdout, stderr } = await pegway('audit', '--data', net.directory);
    assert.equal(status, 0, stdout + stderr);
  };

  it('runs geth, and no other client', async () => {
    assert.match(String(await call(mainUrl(), 'web3_clientVersion')), /^Geth\/v1\.17/);
  });

  it('carries a deposit and a redeem of every peg', async () => {
    for (const [index, { mainDecimals, productDecimals }] of net.devnet.file.pegs.entries()) {
      await net.arrives(await net.deposit(10n ** BigInt(mainDecimals), index));
      await net.arrives(await net.redeem(10n ** BigInt(productDecimals), index));
    }
  });

  it('passes every check of the doctor', async () => {
    const { status, stdout, stderr } = await pegway('doctor', '--config', net.devnet.members[0]!.configFile);
    assert.equal(status, 0, stdout + stderr);
  });

  it('mints nothing for a deposit that a reorg removed, and mints once when it returns', async () => {
    await net.drivers.main.halt();
    const departing = net.deposit(3n * ONE);
    await eventually('the deposit is in the pool', async () => (await pooled()) > 0);
    const { number } = await net.drivers.main.build();
    const departure = await departing;
    await net.drivers.main.reorg(1);

    // The other history becomes final well above the height of the deposit, which waits in the pool.
    for (let i = 0; i < 4; i++) await net.drivers.main.build([]);
    await net.drivers.main.finalize(number + 3n);
    await net.swept(allSigners, 2);
    assert.equal(await net.isOpen(departure), true);

    await net.start();
    await net.arrives(departure);
    await clean();
  });

  it('delivers through full blocks and a base fee that rises with each', async () => {
    const key = net.devnet.file.holders[1]!.privateKey;
    const { writer, reader } = holderOf(net.devnet.file, key).product;
    const account = writer.account;
    const first = await reader.getTransactionCount({ address: account.address });
    const before = await reader.getBlock();
    // Each burns 15 million gas: two fill a block. 20 blocks raise the base fee by a factor of ten.
    const heavy = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        account.signTransaction!({
          ...{ type: 'eip1559', chainId: net.devnet.file.product.chainId, data: '0xfe', gas: 15_000_000n },
          ...{ nonce: first + index, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 3_000_000_000n },
        }),
      ),
    );
    for (const transaction of heavy) {
      await call(net.devnet.file.product.rpcUrl, 'eth_sendRawTransaction', transaction);
    }
    await net.arrives(await net.deposit());
    const { number: last } = await reader.getBlock();
    const numbers = Array.from(
      { length: Number(last - before.number) },
      (_, index) => before.number + 1n + BigInt(index),
    );
    const blocks = await Promise.all(numbers.map((blockNumber) => reader.getBlock({ blockNumber })));
    const full = blocks.filter(({ gasUsed, gasLimit }) => gasUsed * 10n > gasLimit * 9n);
    assert.ok(full.length > 1, `${full.length} full blocks`);
    assert.ok(full.at(-1)!.baseFeePerGas! > full[0]!.baseFeePerGas!);
  });

  it('executes each of 20 deposits once when all six are killed and their data is lost', async () => {
    const nonces = await net.depositMany(20);
    await net.kill(...allSigners);
    net.wipe(...allSigners);
    await net.restart(...allSigners);
    for (const nonce of nonces) await net.arrives({ direction: 'mint', productToken: net.tokens[0]!, nonce });
    await clean();
  });
});

/** A deposit and a redeem by six relayers, and the audit. */
async function carries(net: GethNet): Promise<void> {
  await net.arrives(await net.deposit());
  await net.arrives(await net.redeem(ONE));
  const { status, stdout, stderr } = await pegway('audit', '--data', net.directory);
  assert.equal(status, 0, stdout + stderr);
}

describe('on geth with the rules of Amsterdam', () => {
  it('deploys, carries a deposit and a redeem, and passes the audit', async () => {
    const net = await startGethNet('amsterdam');
    try {
      await carries(net);
    } finally {
      await net.stop();
    }
  });
});

describe('on geth with the rules of Cancun, a base fee of 0 and a minimum gas price', () => {
  const minimumGasPrice = 3_000_000_000n;
  let net: GethNet;
  before(async () => {
    net = await startGethNet('cancun', { minimumGasPrice });
  });
  after(() => net.stop());

  it('deploys, carries a deposit and a redeem, and passes the audit', async () => {
    await carries(net);
    const block = (await call(net.devnet.file.main.rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as {
      readonly baseFeePerGas: Hex;
    };
    assert.equal(BigInt(block.baseFeePerGas), 0n);
  });

  it('plans another deployment at the minimum gas price', async () => {
    const file = join(net.directory, 'again', 'deployment.json');
    mkdirSync(dirname(file));
    cpSync(join(net.directory, 'deployment.json'), file);
    const planned = await pegway('deploy', file, '--key', `plain:${anvilKey}`, '--dry-run', '--json');
    assert.equal(planned.status, 0, planned.stderr);
    const { costs } = JSON.parse(planned.stdout) as { costs: readonly { maxFeePerGas: string }[] };
    assert.ok(costs.length > 0);
    for (const { maxFeePerGas } of costs) assert.equal(BigInt(maxFeePerGas), minimumGasPrice);
  });
});
