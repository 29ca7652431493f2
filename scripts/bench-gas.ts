// Gas of the whole transaction for each transfer, with the product's real contracts on Hardhat's network, beside what others
// cost and the targets. Run by `npm run bench:gas`; exit status 1 when a target is missed.
import { mainSide, productSide, type HelpedSide } from '../test/contracts/support/bridges.ts';
import { publicClient } from '../test/contracts/support/network.ts';

const sizes = [1, 10, 50, 100, 200] as const;
const LIMIT = 10n ** 40n / 1_000n;

interface Row {
  readonly name: string;
  readonly cold: number;
  readonly warm: number;
  readonly target?: readonly [cold: number, warm: number];
}

/** Peers at their best, and the floor by arithmetic; measured on the same EVM with four of six signers or the nearest to it. */
const peers = [
  'mint, N=100:     Safe with MultiSend 27,292 / 10,193   Sygma 41,624 / 24,525   Axelar 63,130 / 46,030   floor 24,828 / 7,728',
  'withdraw, N=100: Safe with MultiSend 27,413 / 10,312   Sygma 41,898 / 24,798   Ronin 99,057 / 81,955',
];

const targets: Record<string, readonly [number, number]> = {
  'mint N=1': [95_000, 78_000],
  'mint N=10': [33_000, 16_000],
  'mint N=1 limited': [101_000, 84_000],
  'mint N=100 limited': [26_300, 9_300],
  'withdraw N=1': [98_000, 81_000],
  'withdraw N=10': [33_500, 16_500],
  'withdraw N=100': [26_900, 9_900],
};

const limit = { capacity: LIMIT, refillPerSecond: 1n };

/** Without a zero byte, as an address is as a rule: zero bytes are cheaper to send. */
const productToken = '0xb0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7';

const gasOf = async (hash: `0x${string}`): Promise<number> =>
  Number((await publicClient.getTransactionReceipt({ hash })).gasUsed);

let nextRecipient = 0x5eed_0000_0000_0000_0000_0000_0000_0000_0000_0000n;
const recipients = (count: number) =>
  Array.from({ length: count }, (): `0x${string}` => {
    // Spread over the whole address, as real ones are: zero bytes are cheaper to send.
    nextRecipient = (nextRecipient * 6364136223846793005n + 1442695040888963407n) % 2n ** 160n;
    return `0x${nextRecipient.toString(16).padStart(40, '1')}`;
  });

async function rows(name: string, side: HelpedSide, suffix: string): Promise<Row[]> {
  const measured: Row[] = [];
  let nonce = 1_000n;
  const send = async (to: readonly `0x${string}`[]) => {
    const gas = await gasOf(
      await side.execute(
        nonce,
        to.map((recipient) => ({ recipient, amount: 10n ** 18n })),
      ),
    );
    nonce += BigInt(to.length);
    return gas / to.length;
  };
  for (const size of sizes) {
    const key = `${name} N=${size}${suffix}`;
    // A lane in use: the words of the bitmap are not zero, the bridge and the token have been paid from before.
    nonce = (nonce / 256n + 1n) * 256n;
    await send(recipients(1));
    const to = recipients(size);
    const cold = await send(to);
    nonce = (nonce / 256n + 1n) * 256n;
    await send(recipients(1));
    const target = targets[key];
    measured.push({ name: key, cold, warm: await send(to), ...(target === undefined ? {} : { target }) });
  }
  return measured;
}

const funded = async (limited: boolean) => {
  const side = await mainSide({ productToken, ...(limited ? limit : {}) });
  await side.fund(10n ** 24n);
  await side.depart(10n ** 23n);
  return side;
};

async function departures(): Promise<Row[]> {
  const main = await funded(false);
  const product = await productSide();
  await product.fund(10n ** 22n);
  await product.depart(10n ** 18n);
  const deposit = await gasOf(await main.depart(10n ** 18n));
  const redeem = await gasOf(await product.depart(10n ** 18n));
  return [
    { name: 'deposit, warm lane', cold: deposit, warm: deposit, target: [95_000, 95_000] },
    { name: 'redeem, warm lane', cold: redeem, warm: redeem, target: [75_000, 75_000] },
  ];
}

const all = [
  ...(await rows('mint', await productSide(), '')),
  ...(await rows('mint', await productSide(limit), ' limited')),
  ...(await rows('withdraw', await funded(false), '')),
  ...(await rows('withdraw', await funded(true), ' limited')),
  ...(await departures()),
];

const figure = (gas: number) => Math.round(gas).toLocaleString('en').padStart(8);
let missed = 0;
console.log(`${'gas for each transfer'.padEnd(26)}    cold /     warm`);
for (const { name, cold, warm, target } of all) {
  const met = target === undefined || (cold <= target[0] && warm <= target[1]);
  if (!met) missed++;
  const aim =
    target === undefined ? '' : `  at most ${figure(target[0])} / ${figure(target[1])}${met ? '' : '   MISSED'}`;
  console.log(`${name.padEnd(26)}${figure(cold)} / ${figure(warm)}${aim}`);
}
console.log(`\n${peers.join('\n')}`);
process.exitCode = missed === 0 ? 0 : 1;
