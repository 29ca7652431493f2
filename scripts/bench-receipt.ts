// Size and verification time of receipts: `npm run bench:receipt`. Blocks of the given number of transactions, with one or two
// logs each as on Ethereum mainnet.
import { verifyReceipt } from '../protocol/receipts/verify-receipt.ts';
import { type Options, makeReceipt } from '../test/protocol/receipts/support/world.ts';

const shape = (transactions: number, ours: number) => ({ shape: { transactions, ours } });
const cases: Readonly<Record<string, Options>> = {
  'one transfer, blocks of 1': shape(1, 0),
  'one transfer, blocks of 200, index 100': shape(200, 100),
  'one transfer, blocks of 200, index 150': shape(200, 150),
  'one transfer, blocks of 1,000, index 500': shape(1_000, 500),
  'bounced, blocks of 200, index 100': { direction: 'withdraw', outcome: 'bounced', ...shape(200, 100) },
  'released, blocks of 200, index 100': { direction: 'withdraw', outcome: 'released', ...shape(200, 100) },
  'batch of 16, blocks of 200, index 100': { count: 16, ...shape(200, 100) },
  'batch of 256, blocks of 200, index 100': { count: 256, ...shape(200, 100) },
  'one transfer with an anchor, blocks of 200, index 100, 100,000 anchored blocks': {
    ...{ anchored: 100_000, ...shape(200, 100) },
  },
  'a redeem with an anchor, blocks of 200, index 100, 100,000 anchored blocks': {
    ...{ direction: 'withdraw', anchored: 100_000, ...shape(200, 100) },
  },
  'a redeem through one more chain, blocks of 200, index 100, 100,000 anchored blocks each': {
    ...{ direction: 'withdraw', anchored: 100_000, through: [100_000], ...shape(200, 100) },
  },
  'a redeem through two more chains, blocks of 200, index 100, 100,000 anchored blocks each': {
    ...{ direction: 'withdraw', anchored: 100_000, through: [100_000, 100_000], ...shape(200, 100) },
  },
};

const RUNS = 15;
for (const [name, options] of Object.entries(cases)) {
  const receipt = await makeReceipt(options);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    await verifyReceipt(receipt);
    times.push(performance.now() - began);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  console.log(`${name}: ${JSON.stringify(receipt).length} bytes, ${median.toFixed(1)} ms`);
}
