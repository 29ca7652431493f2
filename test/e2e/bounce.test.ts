import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type Address, encodeFunctionData, erc20Abi } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';

import { call } from '../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import { type Departure, mainBridgeAbi, productTokenAbi, redeem, status } from '../../sdk/index.ts';
import { decide } from '../support/signer-decisions.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { eventually } from '../support/wait.ts';

describe('a withdrawal that its token refuses', () => {
  let net: TestNet;
  let productToken: Address;
  let mainToken: Address;
  let blocked: Address;
  before(async () => {
    net = await startTestNet({ sweepSeconds: 1 });
    productToken = net.devnet.file.pegs[0]?.productToken ?? '0x';
    mainToken = net.devnet.file.pegs[0]?.mainToken ?? '0x';
    blocked = privateKeyToAddress(net.devnet.file.holders[1]?.privateKey ?? '0x');
    await net.arrives(await net.deposit(10n * ONE));
  });
  after(() => net.stop());

  const main = () => net.devnet.file.main;
  const toBlocked = () => redeem(net.holder.product, { productToken, amount: ONE, recipient: blocked });
  const refuse = () => refuseTransfers(main().rpcUrl, mainToken, blocked);
  const statusOf = (departure: Departure) => status(net.holder.main, departure);
  const paidTo = (account: Address) =>
    net.holder.main.reader.readContract({
      address: mainToken,
      abi: erc20Abi,
      functionName: 'balanceOf',
      args: [account],
    });
  const productOf = (account: Address) =>
    net.holder.product.reader.readContract({
      ...{ address: productToken, abi: productTokenAbi, functionName: 'balanceOf', args: [account] },
    });
  const refusals = async ({ nonce }: Departure): Promise<number> => {
    const range = { address: main().bridge, abi: mainBridgeAbi, fromBlock: 0n } as const;
    const found = await net.holder.main.reader.getContractEvents({ ...range, eventName: 'TransferFailed' });
    return found.filter(({ args }) => args.nonce === nonce).length;
  };
  const reasonAt = async (index: number, { nonce }: Departure): Promise<string | undefined> => {
    const url = `${net.devnet.members[index]?.apiUrl}/v1/transfers/withdraw/${productToken}/${nonce}`;
    return ((await (await fetch(url)).json()) as { reason?: string }).reason;
  };
  const allSayRefused = (departure: Departure) =>
    eventually('all signers say that it is refused', async () => {
      const found = await Promise.all(allSigners.map((index) => reasonAt(index, departure)));
      return found.every((reason) => reason === 'payment-refused');
    });

  it('stops no other, is not tried again, and is paid when its token pays', async () => {
    const allow = await refuse();
    const before = await paidTo(blocked);
    const refused = await toBlocked();
    await net.arrives(await net.redeem(ONE));
    await allSayRefused(refused);
    // On a busy machine the next signer's turn comes before it has seen the first try; such a transaction is mined by then.
    await net.swept(allSigners, 1);
    const tries = await refusals(refused);
    assert.ok(tries > 0);
    // No more after three reconciliations of every relayer, including one that has only the chain as its source.
    net.wipe(0);
    await net.kill(0);
    await net.restart(0);
    await allSayRefused(refused);
    await net.swept(allSigners, 3);
    assert.equal(await refusals(refused), tries);
    assert.equal(await statusOf(refused), 'open');

    await allow();
    await net.arrives(refused);
    assert.equal(await statusOf(refused), 'executed');
    assert.equal((await paidTo(blocked)) - before, ONE);
  });

  it('goes back to the redeemer after the delay, once', async () => {
    const allow = await refuse();
    const before = await paidTo(blocked);
    const had = await productOf(net.holder.address);
    const refused = await toBlocked();
    await allSayRefused(refused);
    assert.equal(await productOf(net.holder.address), had - ONE);

    await call(main().rpcUrl, 'evm_increaseTime', devnetDelays.bounceDelay + 1);
    await net.arrives(refused);
    assert.equal(await statusOf(refused), 'bounced');
    await eventually('it is back', async () => (await productOf(net.holder.address)) === had);

    await allow();
    // The relayers' state of it is settled: no further payment, and the bridge keeps working.
    await net.arrives(await net.redeem(ONE));
    assert.equal(await paidTo(blocked), before);
    assert.equal(await productOf(net.holder.address), had - ONE);
  });

  it('over the limit goes back from the parked state, and is released no more once it was refused', async () => {
    const limit = [productToken, ONE / 2n, 0n] as const;
    const lower = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'lowerLimit', args: limit });
    await decide(net.devnet.file, 'main', [lower]);
    await refuse();
    const before = await paidTo(blocked);
    const had = await productOf(net.holder.address);
    const refused = await toBlocked();
    await eventually('it is parked', async () => (await statusOf(refused)) === 'parked');
    await call(main().rpcUrl, 'evm_increaseTime', devnetDelays.parkDelay + 1);
    await eventually('its release is refused', async () => (await refusals(refused)) > 0);
    // After the clock jump several signers may be on turn at once; none retries after the refusal.
    await net.swept(allSigners, 2);
    const tries = await refusals(refused);
    assert.equal(await statusOf(refused), 'parked');

    await call(main().rpcUrl, 'evm_increaseTime', devnetDelays.bounceDelay + 1);
    await eventually('it is bounced', async () => (await statusOf(refused)) === 'bounced');
    await eventually('it is back', async () => (await productOf(net.holder.address)) === had);
    assert.equal(await paidTo(blocked), before);
    assert.equal(await refusals(refused), tries);
  });
});
