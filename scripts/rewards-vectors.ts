// Writes docs/rewards-vectors.json, the test vectors of docs/rewards.md: `node scripts/rewards-vectors.ts`, then
// `npm run format`. The results come from scripts/recompute-rewards.ts: not the code under test.
import { writeFile } from 'node:fs/promises';

import { getAddress } from 'viem';

import { type Fact, recompute } from './recompute-rewards.ts';

const address = (tail: number): string => getAddress(`0x${tail.toString(16).padStart(40, '0')}`);
const hash = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`;

const [smentToken, goldToken] = [address(0x5e1), address(0x901d)];
const [sment, otherSment, gold] = [address(0xa11), address(0xa12), address(0xa13)];
const mainTokens = { [sment]: smentToken, [otherSment]: smentToken, [gold]: goldToken };
const signers = [1, 2, 3, 4, 5, 6].map((index) => address(0x5160 + index));
const outsider = address(0x0751de);

/** Monday, 2026-11-02, 00:00 UTC. */
const MONDAY = 1_793_577_600;
const WEEK = 7 * 86_400;
const SHARE = '1000000000000000000';

const list = (side: Fact['side'], at: number, own = signers): Fact => ({ side, kind: 'signers', at, signers: own });

let sequence = 0;
const work = (
  side: Fact['side'],
  kind: 'executed' | 'released' | 'bounced',
  at: number,
  submitter: string | undefined,
  rest: Partial<Fact> = {},
): Fact => ({
  ...{ side, kind, at, productToken: sment, transaction: hash(++sequence), submitter: submitter ?? outsider },
  ...(kind === 'executed' ? { firstNonce: '0', mask: '1', signerMask: 0b001111 } : {}),
  ...rest,
});
const collected = (at: number, amount: string, productToken = sment): Fact => ({
  ...{ side: 'main', kind: 'collected', at, productToken, amount },
});
const departed = (at: number, nonce: string, amount: string): Fact => ({
  ...{ side: 'product', kind: 'departed', at, productToken: sment, nonce, amount },
});

const lists = [list('product', MONDAY), list('main', MONDAY)];

const example: Fact[] = [
  ...lists,
  work('product', 'executed', MONDAY + 100, signers[0], { mask: '1023' }),
  work('product', 'executed', MONDAY + 200, signers[1], { firstNonce: '10', signerMask: 0b011110 }),
  work('main', 'executed', MONDAY + 300, signers[2], { mask: '3' }),
  collected(MONDAY + 600_000, SHARE),
];

const other = (sequence + 1) * 1_000;
const cases: { name: string; until: number; facts: Fact[] }[] = [
  { name: 'the worked example', until: MONDAY + WEEK, facts: example },
  { name: 'one second before the period ends', until: MONDAY + WEEK - 1, facts: example },
  {
    name: 'a remainder is carried, and a week without an arrival belongs to the next period',
    until: MONDAY + 4 * WEEK,
    facts: [
      ...example,
      work('product', 'executed', MONDAY + WEEK + 5, signers[3], { firstNonce: '11' }),
      work('product', 'executed', MONDAY + 2 * WEEK, signers[0], { firstNonce: '12', signerMask: 0b111100 }),
      collected(MONDAY + 3 * WEEK - 1, '7'),
      work('product', 'executed', MONDAY + 3 * WEEK, signers[0], { firstNonce: '13' }),
    ],
  },
  {
    name: 'fees from the product chain arrive when the main bridge pays them, also after a release',
    until: MONDAY + 3 * WEEK,
    facts: [
      list('product', MONDAY),
      departed(MONDAY + 50, '4', '500'),
      departed(MONDAY + 60, '5', '700'),
      list('main', MONDAY),
      work('main', 'executed', MONDAY + 100, signers[0], { firstNonce: '3', mask: '3' }),
      work('main', 'released', MONDAY + WEEK + 100, signers[1], { nonce: '5' }),
    ],
  },
  {
    name: 'what was parked in full, and an unknown peg, count nothing',
    until: MONDAY + WEEK,
    facts: [
      ...lists,
      work('product', 'executed', MONDAY, signers[0], { mask: '0', signerMask: 0b110000 }),
      work('product', 'executed', MONDAY, signers[0], { productToken: address(0xbad) }),
      work('product', 'executed', MONDAY, undefined),
      work('main', 'bounced', MONDAY, signers[4]),
      collected(MONDAY, '1000'),
    ],
  },
  {
    name: 'pegs of one main token share its fees; another token is on its own; one transaction is one call',
    until: MONDAY + WEEK,
    facts: [
      ...lists,
      work('product', 'executed', MONDAY, signers[0], { transaction: hash(other) }),
      work('product', 'executed', MONDAY, signers[0], { transaction: hash(other), productToken: otherSment }),
      work('product', 'executed', MONDAY, signers[0], { transaction: hash(other), productToken: gold }),
      work('product', 'executed', MONDAY, signers[1], { productToken: otherSment }),
      collected(MONDAY, '1000000'),
      collected(MONDAY, '500000', otherSment),
      collected(MONDAY, '30', gold),
    ],
  },
  {
    name: 'a signer needs a tenth of the calls; a rotation changes who a mask means',
    until: MONDAY + WEEK,
    facts: [
      ...lists,
      work('product', 'executed', MONDAY, signers[0], { signerMask: 0b111111 }),
      ...Array.from({ length: 9 }, () => work('product', 'executed', MONDAY, signers[0], { signerMask: 0b001111 })),
      list('product', MONDAY + 10, [...signers.slice(0, 5), outsider]),
      work('product', 'executed', MONDAY + 20, signers[0], { signerMask: 0b101111 }),
      work('product', 'executed', MONDAY + 20, signers[0], { signerMask: 0b101111 }),
      collected(MONDAY + 30, '1200'),
    ],
  },
  {
    name: 'a signer in one of eleven calls was not present, in one of ten it was',
    until: MONDAY + 2 * WEEK,
    facts: [
      ...lists,
      work('product', 'executed', MONDAY, signers[0], { signerMask: 0b101110 }),
      ...Array.from({ length: 10 }, () => work('product', 'executed', MONDAY, signers[0])),
      collected(MONDAY, '1200'),
      work('product', 'executed', MONDAY + WEEK, signers[0], { signerMask: 0b101110 }),
      ...Array.from({ length: 9 }, () => work('product', 'executed', MONDAY + WEEK, signers[0])),
      collected(MONDAY + WEEK, '1200'),
    ],
  },
  { name: 'fees without any work are carried', until: MONDAY + WEEK, facts: [...lists, collected(MONDAY, '1000')] },
];

const vectors = cases.map(({ name, until, facts }) => {
  const periods = recompute(facts, mainTokens, until);
  return {
    name,
    until,
    facts,
    periods: Object.fromEntries(Object.entries(periods).filter(([, list]) => list.length > 0)),
  };
});
await writeFile('docs/rewards-vectors.json', `${JSON.stringify({ version: 1, mainTokens, vectors }, undefined, 2)}\n`);
