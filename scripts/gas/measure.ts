// Measures, with the product's real contracts on Hardhat's network, the gas of whole transactions.
import { type Address, type Hex, keccak256, numberToHex, stringToHex } from 'viem';

import { anchorArguments, headOf, historyRootOf } from '../../protocol/anchors/history.ts';
import { rewardsProof, rewardsRoot } from '../../protocol/rewards-tree.ts';
import { type HelpedSide, SOURCE_BLOCK, delays, mainSide, productSide } from '../../test/contracts/support/bridges.ts';
import { time, viem } from '../../test/contracts/support/network.ts';
import { signAll, signers } from '../../test/contracts/support/signers.ts';
import type { Pair } from './peers.ts';
import { type Figures, type GasOf, one } from './used-gas.ts';

export const sizes = [1, 10, 50, 100, 200] as const;

/** A limit that all of it fits. */
const limit = { capacity: 10n ** 37n, refillPerSecond: 1n };

/** Without a zero byte, as addresses are as a rule: zero bytes are cheaper to send. */
const productToken: Address = '0xb0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7';

const AMOUNT = 10n ** 18n;

let random = 0x5eed_0000_0000_0000_0000_0000_0000_0000_0000_0000n;

/** Spread over the whole address, and the same in every run. */
const recipients = (count: number): Address[] =>
  Array.from({ length: count }, (): Address => {
    random = (random * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 160n;
    return `0x${random.toString(16).padStart(40, '1')}`;
  });

const items = (to: readonly Address[]) => to.map((recipient) => ({ recipient, amount: AMOUNT }));

/** In a lane in use: the words of its bitmap are not zero, and the bridge and the token have been paid from before. */
async function inbound(gasOf: GasOf, side: HelpedSide): Promise<Figures> {
  const figures: Record<number, Pair> = {};
  let word = 3n;
  const execute = async (to: readonly Address[]): Promise<number> => {
    const first = ++word * 256n;
    await side.execute(first, items(recipients(1)));
    return (await gasOf(await side.execute(first + 1n, items(to)))) / to.length;
  };
  for (const size of sizes) {
    const to = recipients(size);
    figures[size] = [await execute(to), await execute(to)];
  }
  return figures;
}

async function mainWithCollateral(options: Partial<typeof limit>): Promise<HelpedSide> {
  const side = await mainSide({ productToken, ...options });
  await side.fund(10n ** 24n);
  await side.depart(10n ** 23n);
  return side;
}

/** Withdrawals with a frame for each payment. */
async function guarded(gasOf: GasOf): Promise<Figures> {
  const side = await mainSide({ productToken });
  await side.fund(10n ** 24n);
  await side.depart(10n ** 23n);
  const submit: HelpedSide['submit'] = (firstNonce, transfers, signatures) =>
    side.main.write.withdrawGuarded([productToken, firstNonce, transfers, signatures, SOURCE_BLOCK]);
  const execute: HelpedSide['execute'] = (firstNonce, list) => side.executeGuarded(firstNonce, list);
  return inbound(gasOf, { ...side, submit, execute });
}

/** In a lane in use, the pot holding fees from before. */
async function departure(gasOf: GasOf, side: HelpedSide, withFee = false): Promise<Figures> {
  await side.fund(10n ** 24n);
  const maximum = 10n ** 18n;
  if (withFee) await side.govern(side.call('setFee', [side.productToken, 10n ** 15n, 10]));
  const depart = () => side.depart(AMOUNT, undefined, undefined, withFee ? maximum : 0n);
  await depart();
  return one(await gasOf(await depart()));
}

const withFees = { productToken, maximumFlat: 10n ** 18n };
const exits: Address = '0xe417e417e417e417e417e417e417e417e417e417';

/** A pot that leaves: `rewards` has been paid in this token before. */
async function fees(gasOf: GasOf): Promise<Readonly<Record<string, Figures>>> {
  const main = await mainSide(withFees);
  await departure(gasOf, main, true);
  await main.main.write.collectFees([productToken]);
  await main.depart(AMOUNT, undefined, undefined, 10n ** 18n);
  const collected = await gasOf(await main.main.write.collectFees([productToken]));

  const product = await productSide(withFees);
  await departure(gasOf, product, true);
  const departed = await gasOf(await product.product.write.departFees([product.productToken]));
  return { collectFees: one(collected), departFees: one(departed) };
}

/** A withdrawal that its token refuses, alone in its first batch, and its way back: what a redeem can cost the signers. */
async function refusal(gasOf: GasOf): Promise<Readonly<Record<string, Figures>>> {
  const token = await viem.deployContract('RefusingToken');
  const side = await mainSide({ productToken }, token.address);
  await side.fund(10n ** 24n);
  await side.depart(10n ** 23n);
  // In a lane in use, as above.
  const first = 4n * 256n;
  await side.execute(first, items(recipients(1)));
  const [recipient] = recipients(1) as [Address];
  await token.write.refuse([recipient, 1]);
  const refused = await gasOf(await side.execute(first + 1n, items([recipient])));

  await time.increase(delays.bounceDelay);
  const [redeemer] = recipients(1) as [Address];
  const bounce = await side.bounceOf({ nonce: first + 1n, redeemer, recipient, mainAmount: AMOUNT });
  const bounced = await gasOf(await side.main.write.bounce(bounce));
  return { 'withdraw, refused': one(refused), bounce: one(bounced) };
}

/** Parked transfers, released in one call after their delay. */
async function release(gasOf: GasOf): Promise<Figures> {
  const side = await mainWithCollateral({ capacity: 1n, refillPerSecond: 1n });
  const figures: Record<number, Pair> = {};
  let word = 3n;
  const released = async (to: readonly Address[]): Promise<number> => {
    const first = ++word * 256n;
    await side.execute(first, items(to));
    await time.increase(delays.parkDelay);
    const nonces = to.map((_, index) => first + BigInt(index));
    return (await gasOf(await side.bridge.write.release([productToken, nonces]))) / to.length;
  };
  for (const size of [1, 10, 50]) {
    const to = recipients(size);
    figures[size] = [await released(to), await released(to)];
  }
  return figures;
}

/** An anchor of a history with twelve peaks, an hour of two-second blocks after the one before: three of them are new. */
async function anchoring(gasOf: GasOf): Promise<Figures> {
  const { main } = await mainSide();
  const now = BigInt(await time.latest());
  const first = 1n;
  const anchors = await viem.deployContract('Anchors', [main.address, 4_242n, first, now - 10n ** 9n, 1n]);
  const hashes = (name: string, length: number): Hex[] =>
    Array.from({ length }, (_, index) => keccak256(stringToHex(`${name} ${index}`)));
  let earlier = 0n;

  const anchor = async (count: bigint): Promise<number> => {
    const peaks = hashes('peak', (count >> 8n).toString(2).replaceAll('0', '').length);
    const history = { first, count, peaks, tail: hashes('tail', Number(count & 255n)) };
    const blockHash = keccak256(numberToHex(count));
    const attestedAt = BigInt(await time.increase(3_600));
    const next = { number: headOf(history), attestedAt, blockHash, historyRoot: historyRootOf(history) };
    const { bag, peaks: added, tailRoot } = anchorArguments(history, earlier);
    earlier = count;
    const signatures = await signAll(await anchors.read.anchorDigest([next]));
    return gasOf(await anchors.write.anchor([next, bag, added, tailRoot, signatures]));
  };
  const count = 243_381n * 256n + 7n;
  await anchor(count - 1_800n);
  return one(await anchor(count));
}

/** A later period of six signers: its root, and the claim of a signer that has claimed before. */
async function rewards(gasOf: GasOf): Promise<Readonly<Record<string, Figures>>> {
  const { main, token } = await mainSide();
  const contract = await viem.deployContract('Rewards', [main.address]);
  await token.write.mint([contract.address, 10n ** 24n]);
  const accounts = signers.map(({ address }) => address);

  const distribute = async (period: bigint) => {
    const all = accounts.map((account, index) => ({ account, earned: period * 10n ** 18n + BigInt(index) }));
    const statement = [
      token.address,
      period,
      rewardsRoot(all),
      all.reduce((sum, one) => sum + one.earned, 0n),
    ] as const;
    const signatures = await signAll(await contract.read.publishDigest(statement));
    const published = await contract.write.publish([...statement, signatures]);
    const [{ account, earned }] = all as [(typeof all)[number]];
    const claimed = await contract.write.claim([token.address, account, earned, rewardsProof(all, account)]);
    return { publish: one(await gasOf(published)), claim: one(await gasOf(claimed)) };
  };
  await distribute(1n);
  return distribute(2n);
}

export const measure = async (gasOf: GasOf): Promise<Readonly<Record<string, Figures>>> => ({
  mint: await inbound(gasOf, await productSide()),
  'mint, limited': await inbound(gasOf, await productSide(limit)),
  withdraw: await inbound(gasOf, await mainWithCollateral({})),
  'withdraw, limited': await inbound(gasOf, await mainWithCollateral(limit)),
  'withdraw, guarded': await guarded(gasOf),
  release: await release(gasOf),
  deposit: await departure(gasOf, await mainWithCollateral({})),
  'deposit, with a fee': await departure(gasOf, await mainSide(withFees), true),
  'deposit, with a fee and exits': await departure(gasOf, await mainSide({ ...withFees, satellites: { exits } }), true),
  redeem: await departure(gasOf, await productSide()),
  'redeem, with a fee': await departure(gasOf, await productSide({ maximumFlat: 10n ** 18n }), true),
  ...(await fees(gasOf)),
  ...(await refusal(gasOf)),
  ...(await rewards(gasOf)),
  anchor: await anchoring(gasOf),
});
