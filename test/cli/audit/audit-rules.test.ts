import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { keccak256, toHex } from 'viem';

import type { BridgeEvent } from '../../../relayer/chain/events.ts';
import { type LaneRecord, auditLane } from '../../../cli/audit/audit-lane.ts';
import { auditPeg } from '../../../cli/audit/audit-peg.ts';
import { BASE_UNIT_TOKENS, type PegTokens } from '../../../cli/audit/peg-tokens.ts';
import { encodeTransfers } from '../../../protocol/attestation.ts';
import type { Direction, Lane, Transfer } from '../../../protocol/lane.ts';
import { bridges, holder, logOf, peg, productToken, transferOf } from '../../relayer/support.ts';

const [mainBridge] = bridges;
const hash = (text: string) => keccak256(toHex(text));
const laneOf = (direction: Direction): Lane => ({ direction, productToken });

/** Deposits of 5, in blocks 100, 101 …, each naming the block before. */
const departuresOf = (direction: Direction, count: number): Transfer[] =>
  Array.from({ length: count }, (_, index) =>
    transferOf(BigInt(index), {
      lane: laneOf(direction),
      // At 2 product base units for each main one.
      ...(direction === 'mint' ? { sourceAmount: 5n, amount: 10n } : { sourceAmount: 4n, amount: 2n }),
      previousBlock: index === 0 ? 0n : 99n + BigInt(index),
      transactionHash: hash(`${direction} ${index}`),
    }),
  );
/** Any function of the content will do in place of the attestation's digest, in two signer epochs. */
const digests = (transfers: readonly Transfer[]) =>
  [1, 2].map((epoch) => keccak256(`0x0${epoch}${encodeTransfers(transfers).slice(2)}`));

type Executed = Extract<BridgeEvent, { kind: 'executed' }>;
const executed = (batch: readonly Transfer[], changes: Partial<Executed> = {}): Executed => {
  const [first] = batch;
  assert.ok(first !== undefined);
  return {
    ...{ kind: 'executed', side: first.lane.direction === 'mint' ? 'product' : 'main', productToken },
    ...{ blockNumber: 500n, transactionHash: hash(`executed ${first.nonce}`), signerMask: 15, log: logOf() },
    ...{ firstNonce: first.nonce, mask: (1n << BigInt(batch.length)) - 1n, digest: digests(batch)[0] ?? '0x' },
    ...changes,
  };
};
const single = (kind: 'parked' | 'released' | 'voided' | 'bounced' | 'failed', nonce: bigint): BridgeEvent => ({
  ...{ kind, nonce, side: 'main', productToken, blockNumber: 500n, transactionHash: hash(`${kind} ${nonce}`) },
  log: logOf(),
});

const wholeTokens: PegTokens = { main: { symbol: 'GLD', decimals: 1 }, product: { symbol: 'GRAM', decimals: 2 } };

const record = (changes: Partial<LaneRecord> & { direction?: Direction } = {}): LaneRecord => {
  const { direction = 'mint' } = changes;
  const departures = changes.departures ?? departuresOf(direction, 4);
  return {
    ...{ lane: laneOf(direction), peg, tokens: BASE_UNIT_TOKENS, departures, mainBridge, digests },
    outcomes: [executed(departures.slice(0, 3))],
    ...{ emitted: BigInt(departures.length), set: new Set([0n, 1n, 2n]), parked: new Set() },
    ...changes,
  };
};
const mistakes = (changes: Parameters<typeof record>[0]) => auditLane(record(changes)).mistakes;
const finds = (found: RegExp, changes: Parameters<typeof record>[0]) => {
  const all = mistakes(changes);
  assert.ok(
    all.some((mistake) => found.test(mistake)),
    `${found} in ${JSON.stringify(all)}`,
  );
};

describe('the audit of a lane’s history', () => {
  const all = departuresOf('mint', 4);
  const at = (index: number) => all[index] ?? transferOf(0n);

  it('finds nothing where nothing is wrong, whatever was parked, taken back, refused or skipped', () => {
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(
      mistakes({
        outcomes: [
          single('failed', 1n),
          single('parked', 0n),
          single('voided', 0n),
          single('parked', 0n),
          // In a batch with others that were executed already or failed.
          executed(all.slice(0, 4), { mask: 0b0110n }),
          single('released', 0n),
          single('parked', 3n),
        ],
        set: new Set([0n, 1n, 2n, 3n]),
        parked: new Set([3n]),
      }),
      [],
    );
    // Refused at its release, where it stays parked, and sent back from there; and one that was refused and then paid.
    assert.deepEqual(
      mistakes({
        direction: 'withdraw',
        outcomes: [
          ...[single('parked', 0n), single('failed', 0n), single('bounced', 0n)],
          ...[single('parked', 1n), single('failed', 1n), single('released', 1n)],
        ],
        set: new Set([0n, 1n]),
      }),
      [],
    );
    // In another signer epoch.
    const batch = all.slice(0, 3);
    assert.deepEqual(mistakes({ outcomes: [executed(batch, { digest: digests(batch)[1] ?? '0x' })] }), []);
  });

  it('finds a gap, a repeated nonce, and events that no node returns', () => {
    finds(/nonce 1 is missing/, { departures: [at(0), at(2), at(3)], emitted: 4n });
    finds(/nonce 1 departed twice/, { departures: [...all, at(1)] });
    finds(/has emitted 5 transfers, its events contain 4/, { emitted: 5n });
  });

  it('finds a broken link', () => {
    finds(/nonce 2 names block 7/, { departures: [at(0), at(1), { ...at(2), previousBlock: 7n }, at(3)] });
  });

  it('finds an amount that does not convert', () => {
    const departures = [at(0), at(1), at(2), { ...at(3), amount: 11n }];
    finds(/nonce 3: 5 main base units do not convert to 11 product base units/, { departures });
    finds(/nonce 3: 0.5 GLD do not convert to 0.11 GRAM/, { departures, tokens: wholeTokens });
  });

  it('finds an execution of another content, recipient or amount', () => {
    for (const change of [{ amount: 12n }, { recipient: mainBridge }]) {
      const forged = executed([at(0), { ...at(1), ...change }, at(2)]);
      finds(/from nonce 0 on is not what departed/, { outcomes: [forged] });
    }
  });

  it('finds a transfer that is executed twice', () => {
    const again = executed([at(2)], { transactionHash: hash('again') });
    finds(/nonce 2 was executed, not open/, { outcomes: [executed(all.slice(0, 3)), again] });
    finds(/nonce 0 was executed, not parked/, { outcomes: [executed(all.slice(0, 3)), single('released', 0n)] });
    finds(/nonce 0 was executed, not open or parked/, { outcomes: [executed(all.slice(0, 3)), single('bounced', 0n)] });
  });

  it('finds a bitmap that is not what the events tell', () => {
    finds(/nonce 3 is executed or bounced at the product bridge, open by its events/, {
      set: new Set([0n, 1n, 2n, 3n]),
    });
    finds(/nonce 2 is executed by its events, open at the bridge/, { set: new Set([0n, 1n]) });
    finds(/nonce 1 is parked at the product bridge, executed by its events/, { parked: new Set([1n]) });
  });

  it('leaves an execution without a source event to the clocks', () => {
    const invented = { ...at(3), nonce: 4n };
    const story = auditLane(
      record({ outcomes: [executed(all.slice(0, 3)), executed([invented])], set: new Set([0n, 1n, 2n, 4n]) }),
    );
    assert.deepEqual(story.mistakes, []);
    assert.deepEqual(
      story.unfounded.map(({ firstNonce }) => firstNonce),
      [4n],
    );
  });
});

describe('the audit of a peg’s history', () => {
  // 4 deposits of 5, 3 of them minted; 2 redeems of 4, one of them paid: 20 − 2 locked, 30 − 8 there, 10 + 4 under way.
  const mints = departuresOf('mint', 4);
  const redeems = departuresOf('withdraw', 2);
  const departed = (transfer: Transfer): BridgeEvent => ({
    ...{ kind: 'departed', transfer, side: transfer.lane.direction === 'mint' ? 'main' : 'product' },
    ...{ blockNumber: transfer.blockNumber, transactionHash: transfer.transactionHash, log: logOf() },
  });
  const paid = executed(redeems.slice(0, 1));
  const minted = executed(mints.slice(0, 3));
  const inputs = {
    mint: auditLane(record({})),
    withdraw: auditLane(
      record({ direction: 'withdraw', departures: redeems, outcomes: [paid], set: new Set([0n]), emitted: 2n }),
    ),
    events: { main: [...mints.map(departed), paid], product: [minted, ...redeems.map(departed)] },
    at: { main: 900n, product: 900n },
    locked: 18n,
    supply: 22n,
    feePot: 0n,
    tokens: BASE_UNIT_TOKENS,
  };
  const audit = (changes: Partial<typeof inputs> = {}) => auditPeg({ ...inputs, ...changes, peg, mainBridge });

  it('finds nothing where the books are right, with transfers under way', () => {
    const { mistakes: found, gap, deposits, redeems: back, open } = audit();
    assert.deepEqual(found, []);
    assert.deepEqual([gap, deposits, back, open], [0n, 4, 2, 2]);
  });

  it('finds tokens that came from nowhere, on either side', () => {
    assert.match(
      audit({ supply: 23n }).mistakes.join(),
      /the supply is 23 product base units, by the events and the fee pot 22 .*wrong by -1 product base units/,
    );
    assert.match(
      audit({ locked: 17n }).mistakes.join(),
      /17 main base units are locked, by the events 18 .*wrong by -2/,
    );
  });

  it('states amounts in whole tokens with their symbols, to the last base unit', () => {
    assert.deepEqual(
      audit({ supply: 23n, tokens: wholeTokens }).mistakes.map((mistake) => mistake.replace(/^peg 0x\w+: /, '')),
      [
        'the supply is 0.23 GRAM, by the events and the fee pot 0.22 GRAM',
        'the equation is wrong by -0.01 GRAM: 1.8 GLD are locked for a supply of 0.23 GRAM, 0 GRAM in the fee pot, and what is under way',
      ],
    );
    const events = { ...inputs.events, main: [paid, ...mints.map(departed)] };
    assert.match(audit({ events, tokens: wholeTokens }).mistakes.join(), /the main side was at -0.2 GLD, below zero/);
  });

  it('counts the product side’s fee pot: burned, and not departed yet', () => {
    assert.deepEqual(audit({ supply: 19n, feePot: 3n }).mistakes, []);
    assert.equal(audit({ supply: 19n, feePot: 3n }).gap, 0n);
    assert.match(audit({ supply: 19n, feePot: 2n }).mistakes.join(), /the fee pot 20.*wrong by 1/);
  });

  it('finds a side that stood below zero on the way, though it is right in the end', () => {
    const events = { ...inputs.events, main: [paid, ...mints.map(departed)] };
    assert.match(audit({ events }).mistakes.join(), /the main side was at -2 main base units, below zero/);
  });

  it('counts what the main block has paid of a redeem after the product block, exactly', () => {
    // Pinned before the redeems: none of them is in the supply yet.
    const at = { main: 900n, product: 99n };
    const events = { ...inputs.events, product: [minted] };
    assert.deepEqual(audit({ at, events, supply: 30n }).mistakes, []);
    assert.equal(audit({ at, events, supply: 30n }).gap, 0n);
  });

  it('finds a bounce without its deposit, and a deposit of the bridge without a bounce', () => {
    const bounce = single('bounced', 1n);
    const back = transferOf(4n, {
      ...{ sender: mainBridge, recipient: holder, sourceAmount: 2n, amount: 4n },
      ...{ previousBlock: 103n, transactionHash: bounce.transactionHash },
    });
    const withdraw = auditLane(
      record({
        direction: 'withdraw',
        departures: redeems,
        outcomes: [paid, bounce],
        set: new Set([0n, 1n]),
        emitted: 2n,
      }),
    );
    const mint = auditLane(record({ departures: [...mints, back] }));
    const main = [...mints.map(departed), paid, bounce, departed(back)];
    const events = { ...inputs.events, main };
    assert.deepEqual(audit({ withdraw, mint, events }).mistakes, []);
    assert.equal(audit({ withdraw, mint, events }).bounced, 1);
    assert.match(audit({ withdraw, events }).mistakes.join(), /the bounce of nonce 1 .* has no deposit back/);
    assert.match(
      audit({ mint, events: { ...events, main: main.filter((one) => one !== bounce) } }).mistakes.join(),
      /without a bounce/,
    );
  });
});
