import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, erc20Abi, keccak256, pad, parseAbi, toHex } from 'viem';

import { call, startChain } from '../../cli/devnet/anvil.ts';
import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { type TransferRequest, deposit, mainBridgeAbi, pegs, prepare, quoteFee, refusalOf } from '../../sdk/index.ts';
import { anvilKey, deployTestBridge } from '../support/bridge.ts';

const ONE = 10n ** 18n;
const FLAT = 7n;
const BASIS_POINTS = 25;
const FEE = FLAT + (ONE * 25n) / 10_000n;

/** Sets the fee of a peg in the storage of its bridge: slot 3 of `Pegs.State` is `minimum | flat | basisPoints`. */
async function setFee({ bridge, reader }: Holder['main'], rpcUrl: string, productToken: Hex, flat: bigint) {
  const peg = { address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
  const { mainToken, minimum } = await reader.readContract(peg);
  for (let slot = 0n; slot < 40n; slot++) {
    const types = [{ type: 'address' }, { type: 'uint256' }] as const;
    const first = BigInt(keccak256(encodeAbiParameters(types, [productToken, slot])));
    const word = BigInt((await reader.getStorageAt({ address: bridge, slot: toHex(first) })) ?? '0x0');
    if (word % 2n ** 160n !== BigInt(mainToken)) continue;
    const packed = minimum | (flat << 128n) | (BigInt(BASIS_POINTS) << 240n);
    await call(rpcUrl, 'anvil_setStorageAt', bridge, toHex(first + 3n), pad(toHex(packed)));
    await call(rpcUrl, 'evm_mine');
    return;
  }
  throw new Error('the storage of the peg was not found');
}

describe('fees of the bridge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-fees-'));
  const stops: (() => Promise<void>)[] = [];
  let holder: Holder;
  let request: TransferRequest;
  let mainUrl: string;
  before(async () => {
    const chain = async (chainId: number) => {
      const started = await startChain({ chainId, free: false, logFile: join(folder, `${chainId}.log`) });
      stops.push(() => started.stop());
      return started;
    };
    const chains = { main: await chain(31_337), product: await chain(31_338) };
    const { mainBridge, productBridge, productTokens } = await deployTestBridge(chains);
    const side = (name: 'main' | 'product', bridge: Hex) => ({ ...chains[name], bridge });
    holder = holderOf({ main: side('main', mainBridge), product: side('product', productBridge) }, anvilKey);
    const [productToken = '0x'] = productTokens;
    request = { productToken, amount: ONE, recipient: holder.address };
    mainUrl = chains.main.rpcUrl;
    await setFee(holder.main, mainUrl, productToken, FLAT);
    const [peg] = await pegs(holder);
    const { reader, writer } = holder.main;
    const hash = await writer.writeContract({
      ...{ address: peg?.mainToken ?? '0x', abi: parseAbi(['function mint(address to, uint256 amount)']) },
      ...{ functionName: 'mint', args: [holder.address, 10n * ONE] },
    });
    await reader.waitForTransactionReceipt({ hash });
  });
  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const read = async () => {
    const { bridge, reader } = holder.main;
    const [peg] = await pegs(holder);
    assert.ok(peg !== undefined);
    const token = { address: peg.mainToken, abi: erc20Abi } as const;
    const [balance, allowance, pot] = await Promise.all([
      reader.readContract({ ...token, functionName: 'balanceOf', args: [holder.address] }),
      reader.readContract({ ...token, functionName: 'allowance', args: [holder.address, bridge] }),
      reader.readContract({
        ...{ address: bridge, abi: mainBridgeAbi, functionName: 'feePot', args: [request.productToken] },
      }),
    ]);
    return { balance, allowance, pot };
  };

  it('are shown by pegs, quoteFee and prepare before anything is signed', async () => {
    const [peg] = await pegs(holder);
    assert.deepEqual(peg?.depositFee, { flat: FLAT, basisPoints: BASIS_POINTS });
    assert.deepEqual(peg.redeemFee, { flat: 0n, basisPoints: 0 });
    assert.equal(await quoteFee(holder.main, request.productToken, ONE), FEE);
    const { steps, bridgeFee } = await prepare(holder.main, 'mint', request, holder.address);
    assert.deepEqual([steps, bridgeFee], [['permit', 'send'], FEE]);
  });

  for (const permit of [true, false]) {
    it(`are paid on top of the amount by ${permit ? 'a permit' : 'an approval'} that leaves no allowance`, async () => {
      const before = await read();
      await deposit(holder.main, request, { permit });
      const after = await read();
      assert.equal(before.balance - after.balance, ONE + FEE);
      assert.equal(after.pot - before.pot, FEE);
      assert.equal(after.allowance, 0n);
    });
  }

  it('above the maximum of the caller are refused before the holder signs anything', async () => {
    const heard: string[] = [];
    const cheap = { ...request, maxFee: FEE - 1n };
    const refusals = await Promise.all([
      deposit(holder.main, cheap, { onStep: (step) => heard.push(step) }).catch(refusalOf),
      prepare(holder.main, 'mint', cheap, holder.address).catch(refusalOf),
    ]);
    const refusal = { reason: 'fee-raised', error: 'FeeAboveMaximum' };
    assert.deepEqual([refusals, heard], [[refusal, refusal], []]);
  });

  it('raised between the permit and the transaction are refused, and nothing departs', async () => {
    const before = await read();
    const raise = (step: string) => {
      // Before the simulation, as a governance call in between would.
      if (step === 'permit') raised ??= setFee(holder.main, mainUrl, request.productToken, FLAT + 1n);
    };
    let raised: Promise<void> | undefined;
    const { writer } = holder.main;
    const signTypedData: typeof writer.signTypedData = async (typed) => {
      await raised;
      return writer.signTypedData(typed);
    };
    const slow = { ...holder.main, writer: { ...writer, signTypedData } };
    const refusal = await deposit(slow, request, { onStep: raise }).catch(refusalOf);
    assert.deepEqual(refusal, { reason: 'fee-raised', error: 'FeeAboveMaximum' });
    assert.equal((await read()).balance, before.balance);
  });
});
