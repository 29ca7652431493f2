// Faults at random on geth, reorganised through the Engine API. The long form: `npm run chaos -- --chains geth`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { runChaos } from '../chaos/run.ts';

/** The same in each run, so that a change and not chance makes it fail. */
const seed = Number(process.env['CHAOS_SEED'] ?? 1340352799);
/** Those that need no relayer in a process of its own. */
const only = [
  ...['reorganisation up to the final block', 'a chain’s clock jumps', 'a node is behind', 'a node forges receipts'],
  ...['nodes drop transactions that they took', 'peers cut off', 'all nodes of some signers withhold events'],
];

describe('chaos on geth', () => {
  it(`loses nothing and does nothing twice under reorganisations and other faults (seed ${seed})`, async (test) => {
    const { wrong, struck, transfers, seconds } = await runChaos({
      ...{ chains: 'geth', transfers: 40, pace: 0.5, seed, only, say: () => undefined },
    });
    const counts = [...struck].map(([name, count]) => `${name} (${count})`);
    test.diagnostic(`seed ${seed}: ${transfers} transfers in ${seconds} s under ${counts.join(', ')}`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(
      [...struck].filter(([, count]) => count === 0),
      [],
    );
  });
});
