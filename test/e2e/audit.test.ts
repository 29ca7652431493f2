import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import {
  type Address,
  type Hex,
  encodeAbiParameters,
  encodeFunctionData,
  erc20Abi,
  keccak256,
  numberToHex,
  pad,
  zeroHash,
} from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import {
  type Departure,
  type TransferItem,
  attestationDigest,
  encodeSignatures,
  encodeTransfers,
  mainBridgeAbi,
  productBridgeAbi,
  productTokenAbi,
} from '../../sdk/index.ts';
import { signDigest } from '../support/sign.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

interface Status {
  readonly lanes: readonly { readonly productToken: Address; readonly reason?: string }[];
  readonly problems: readonly { readonly part: string; readonly code: string; readonly message: string }[];
}

/** OpenZeppelin's ERC-20 stores the supply at slot 2, and the balances in the mapping at slot 0. */
const SUPPLY_SLOT = pad(numberToHex(2), { size: 32 });
const balanceSlot = (holder: Address) =>
  keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [holder, 0n]));

describe('the audit', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet({ sweepSeconds: 1 });
    for (const [index, { mainDecimals }] of net.devnet.file.pegs.entries()) {
      await net.arrives(await net.deposit(10n ** BigInt(mainDecimals), index));
    }
  });
  after(() => net.stop());

  const token = (index: number): Address => net.tokens[index] ?? '0x';
  const status = async (index: number): Promise<Status> =>
    (await (await fetch(`${net.devnet.members[index]?.apiUrl}/v1/status`)).json()) as Status;
  const metric = async (index: number, peg: Address) => {
    const text = await (await fetch(net.devnet.members[index]?.metricsUrl ?? '')).text();
    return text
      .split('\n')
      .find((line) => line.startsWith(`pegway_audit_ok{peg="${peg}"}`))
      ?.split(' ')[1];
  };
  const brokenAt = async (index: number, peg: Address): Promise<string | undefined> =>
    (await status(index)).problems.find(({ part }) => part === `audit ${peg}`)?.message;
  const allBroken = (peg: Address, message: RegExp) =>
    eventually(`all say that ${peg} is broken: ${message}`, async () => {
      const found = await Promise.all(allSigners.map((index) => brokenAt(index, peg)));
      return found.every((one) => one !== undefined && message.test(one));
    });
  const noneBroken = (peg: Address) =>
    eventually(`none says that ${peg} is broken`, async () =>
      (await Promise.all(allSigners.map((index) => brokenAt(index, peg)))).every((one) => one === undefined),
    );
  const productUrl = () => net.devnet.file.product.rpcUrl;
  const supplyOf = (peg: Address) =>
    net.holder.product.reader.readContract({ address: peg, abi: productTokenAbi, functionName: 'totalSupply' });
  const setSupply = (peg: Address, supply: bigint) =>
    call(productUrl(), 'anvil_setStorageAt', peg, SUPPLY_SLOT, pad(numberToHex(supply), { size: 32 }));
  /**
   * True if every signer reports it as blocked by the audit, and it stays open while later transfers of another peg
   * arrive.
   */
  const isHeld = async (departure: Departure, other: () => Promise<Departure>): Promise<void> => {
    const path = `/v1/transfers/${departure.direction}/${departure.productToken}/${departure.nonce}`;
    for (const index of allSigners) {
      await eventually(`signer ${index} holds it`, async () => {
        const response = await fetch(new URL(path, net.devnet.members[index]?.apiUrl));
        return ((await response.json()) as { reason?: string }).reason === 'audit-broken';
      });
    }
    for (let later = 0; later < 3; later++) await net.arrives(await other());
    assert.equal(await net.isOpen(departure), true);
  };

  /** A mint forged by four colluding signers. */
  const mint = async (
    peg: Address,
    firstNonce: bigint,
    items: readonly TransferItem[],
    sourceBlock: Hex = zeroHash,
  ): Promise<void> => {
    const { main, product } = net.devnet.file;
    const { reader, writer, bridge } = net.holder.product;
    const signerEpoch = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'signerEpoch' });
    const transfers = encodeTransfers(items);
    const digest = attestationDigest({
      destination: product,
      source: main,
      signerEpoch,
      productToken: peg,
      firstNonce,
      transfers,
      sourceBlock,
    });
    const signatures = await Promise.all(
      net.devnet.members
        .slice(0, 4)
        .map(async ({ index, privateKey }) => ({ index, signature: await signDigest(privateKey, digest) })),
    );
    const args = [peg, firstNonce, transfers, encodeSignatures(signatures), sourceBlock] as const;
    const data = encodeFunctionData({ abi: productBridgeAbi, functionName: 'mint', args });
    const hash = await writer.sendTransaction({ to: bridge, data, gas: 1_000_000n });
    assert.equal((await reader.waitForTransactionReceipt({ hash })).status, 'success');
  };

  it('stops every signer for a peg whose supply is not backed, and for no other', async () => {
    const supply = await supplyOf(token(0));
    await setSupply(token(0), supply + 1n);
    await allBroken(token(0), /wrong by -1 /);
    assert.equal(await metric(0, token(0)), '0');
    assert.equal(await metric(0, token(1)), '1');
    await eventually('its lanes stand, and no other', async () =>
      (await status(0)).lanes.every(
        ({ productToken, reason }) => reason === (productToken === token(0) ? 'audit-broken' : undefined),
      ),
    );

    const held = await net.deposit();
    await isHeld(held, () => net.deposit(ONE, 1));
    // Wait beyond the fallback, in which a signer acts without its peers.
    await net.blocksLater(30n);
    assert.equal(await net.isOpen(held), true);

    await setSupply(token(0), supply);
    await net.arrives(held);
    await noneBroken(token(0));
    assert.equal(await metric(0, token(0)), '1');
  });

  it('stops every signer for the pegs of a token whose balance shrinks under the bridge, and for no other', async () => {
    const { rpcUrl, bridge } = net.devnet.file.main;
    const mainToken = net.devnet.file.pegs[0]?.mainToken ?? '0x';
    const read = { address: mainToken, abi: erc20Abi, functionName: 'balanceOf', args: [bridge] } as const;
    const balance = await net.holder.main.reader.readContract(read);
    const setBalance = (amount: bigint) =>
      call(rpcUrl, 'anvil_setStorageAt', mainToken, balanceSlot(bridge), pad(numberToHex(amount), { size: 32 }));

    await setBalance(balance - 1n);
    // Both pegs of that token are short: the audit cannot attribute the theft to one of them.
    await allBroken(token(0), /holds less/);
    await allBroken(token(1), /holds less/);
    assert.equal(await brokenAt(0, token(2)), undefined);
    const held = await net.deposit();
    const [, , third] = net.devnet.file.pegs;
    await isHeld(held, () => net.deposit(10n ** BigInt(third?.mainDecimals ?? 0), 2));

    await setBalance(balance + ONE);
    await net.arrives(held);
    await noneBroken(token(0));
    await noneBroken(token(1));
  });

  it('accepts an execution that others signed before its source event was final here', async () => {
    // Stop three signers: the remaining ones lack the quorum to execute it first.
    await net.kill(0, 1, 2);
    const departure = await net.deposit(ONE, 1);
    const { blockHash } = await net.holder.main.reader.getTransactionReceipt({ hash: departure.transactionHash });
    await mint(token(1), departure.nonce, [{ recipient: net.holder.address, amount: 2n * ONE }], blockHash);
    await net.restart(0, 1, 2);
    await net.arrives(departure);
    await net.swept(allSigners, 1);
    for (const index of allSigners) assert.equal(await brokenAt(index, token(1)), undefined);
  });

  it('finds an execution with another content than its source event, though the sums are right', async () => {
    // Stop three signers: the remaining ones lack the quorum to execute it correctly.
    await net.kill(0, 1, 2);
    const { nonce } = await net.deposit(ONE, 1);
    await mint(token(1), nonce, [{ recipient: token(0), amount: 2n * ONE }]);
    await net.restart(0, 1, 2);
    await call(net.devnet.file.main.rpcUrl, 'evm_increaseTime', 400);
    await allBroken(token(1), /content that differs/);
  });

  it('finds an execution without a source event once the source is past its time', async () => {
    const nonce = await net.holder.main.reader.readContract({
      ...{ address: net.holder.main.bridge, abi: mainBridgeAbi, functionName: 'outboundNonce', args: [token(1)] },
    });
    await mint(token(1), nonce, [{ recipient: net.holder.address, amount: 2n * ONE }]);
    await net.swept(allSigners, 1);
    await call(net.devnet.file.main.rpcUrl, 'evm_increaseTime', 400);
    await allBroken(token(1), /no source event/);
  });

  it('finds what was executed while a relayer did not run, too', async () => {
    // The third peg, intact so far; its sums stay correct.
    const { numerator, denominator, mainDecimals } = net.devnet.file.pegs[2] ?? assert.fail();
    const amount = 10n ** BigInt(mainDecimals);
    await net.arrives(await net.deposit(amount, 2));
    // A reconciliation records the block up to which it is complete.
    await net.swept([4], 2);
    await net.kill(4);
    await net.kill(0, 1, 2);
    const { nonce } = await net.deposit(amount, 2);
    await mint(token(2), nonce, [{ recipient: token(0), amount: (amount * BigInt(numerator)) / BigInt(denominator) }]);
    await net.restart(0, 1, 2);
    // Let it be finalized before the relayer starts.
    await net.blocksLater(3n);
    await net.restart(4);
    await call(net.devnet.file.main.rpcUrl, 'evm_increaseTime', 400);
    await eventually('signer 4 finds it', async () => (await brokenAt(4, token(2)))?.includes('content that differs'));
  });

  it('pauses both bridges where it is configured to', async () => {
    const [peg] = net.devnet.file.pegs.slice(2);
    assert.ok(peg !== undefined);
    net.configure(5, (config) => {
      config.pauseOnBrokenAudit = true;
    });
    await net.kill(5);
    await net.restart(5);
    await setSupply(token(2), (await supplyOf(token(2))) - 1n);
    for (const { reader, bridge } of [net.holder.main, net.holder.product]) {
      const pauses = await eventually('it is paused', async () => {
        const found = await reader.getContractEvents({
          ...{ address: bridge, abi: mainBridgeAbi, eventName: 'Paused', fromBlock: 0n },
        });
        return found.length > 0 ? found : undefined;
      });
      assert.deepEqual(
        pauses.map(({ args }) => args.signer),
        [net.devnet.members[5]?.address],
      );
    }
  });
});
