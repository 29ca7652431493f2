import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, type PublicClient, concatHex, keccak256, zeroHash } from 'viem';

import { departureHash, runningHashes } from '../../../protocol/exits/departures.ts';
import { laterItems } from '../../../sdk/exits/later-items.ts';
import type { ExitSources } from '../../../sdk/exits/sources.ts';

const account: Address = `0x${'aa'.repeat(20)}`;
const token: Address = `0x${'70'.repeat(20)}`;
const departures = Array.from({ length: 2_500 }, (_, nonce) => ({
  ...{ nonce: BigInt(nonce), returnTo: account, recipient: account, mainAmount: 1n, bounced: 0n },
}));
const lane = { items: departures.map(departureHash), hashes: runningHashes(departures) };

/** `Exits` with the running hashes before these nonces. */
function sourcesWith(known: readonly bigint[]): Pick<ExitSources, 'main' | 'exits'> {
  const reader = {
    readContract: ({ args: [, place] }: { args: readonly [Address, bigint] }) =>
      Promise.resolve(known.includes(place) ? lane.hashes[Number(place)] : zeroHash),
  } as unknown as PublicClient;
  return { main: { reader, bridge: account, logRange: 1 }, exits: account };
}

/** As `Exits` hashes them. */
const lead = (start: Hex | undefined, items: readonly Hex[]): Hex =>
  items.reduce((hash, item) => keccak256(concatHex([hash, item])), start ?? '0x');

describe('the departures after a deposit', () => {
  it('lead to the last running hash in steps, of which each begins where a later one is known', async () => {
    const { items, before } = await laterItems(sourcesWith([]), token, lane, 10n);
    assert.deepEqual(
      before.map(({ functionName, at }) => [functionName, at]),
      [
        ['unwind', 2_000n],
        ['unwind', 1_000n],
      ],
    );
    let known = lane.hashes.at(-1);
    for (const { args } of before) {
      const [, , start, part] = args as [Address, bigint, Hex, Hex[]];
      assert.equal(lead(start, part), known);
      known = start;
    }
    assert.equal(lead(lane.hashes[11], items), known);
  });

  it('need no more steps than to the next running hash that is kept', async () => {
    const { items, before } = await laterItems(sourcesWith([1_000n]), token, lane, 10n);
    assert.deepEqual([before.length, items.length], [0, 989]);
    const last = await laterItems(sourcesWith([]), token, lane, 2_499n);
    assert.deepEqual([last.before.length, last.items.length], [0, 0]);
  });
});
