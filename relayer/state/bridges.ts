import type { Address } from 'viem';

import { type BridgeState, readState, signerEpochOf } from '../chain/bridge-contract.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import { coalesce } from '../async/coalesce.ts';
import { type Direction, type Lane, type Side, destinationOf, directions } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { Pair } from './statement.ts';

/** The two bridges, and their state as last read. */
export interface BridgePair {
  readonly sides: Readonly<Record<Side, ChainClient>>;
  readonly pair: Pair;
  state(side: Side): BridgeState;
  /** The state that governs a direction's attestations: signers, threshold and epoch of its destination. */
  destination(direction: Direction): BridgeState;
  /**
   * Rereads one side at its latest block. Concurrent calls share one reading, so that an older one cannot replace a
   * newer one.
   */
  refresh(side: Side): Promise<void>;
  /**
   * Handles an unverified claim that a side has a newer signer epoch. SECURITY: anyone may make it at any rate. So the
   * chain's epoch is read at most once in five seconds, and the rest of the state only when that epoch differs.
   */
  catchUp(side: Side, signerEpoch: bigint): Promise<void>;
  pegs(productToken: Address): { readonly mainPeg: Peg | undefined; readonly productPeg: Peg | undefined };
  /** Every peg that either side has, as the main side has it where both do. */
  allPegs(): Peg[];
  /** Both lanes of every peg that either side has. */
  lanes(): Lane[];
}

/**
 * Upper bound on the delay before a new signer is accepted, while its admission is not in a finalized block here yet.
 */
const CATCH_UP_SECONDS = 5;

/** @param now Monotonic seconds. */
export async function openBridgePair(
  sides: Readonly<Record<Side, ChainClient>>,
  now: () => number,
): Promise<BridgePair> {
  const states = { main: await readState(sides.main), product: await readState(sides.product) };
  const reading = (side: Side) =>
    coalesce(async () => {
      states[side] = await readState(sides[side]);
    });
  const refreshing = { main: reading('main'), product: reading('product') };
  const epochReadAt = { main: -Infinity, product: -Infinity };
  const readingEpoch = (side: Side) =>
    coalesce(async () => {
      // A concurrent call may have read the epoch meanwhile.
      if (now() - epochReadAt[side] < CATCH_UP_SECONDS) return;
      epochReadAt[side] = now();
      if ((await signerEpochOf(sides[side])) !== states[side].signerEpoch) await refreshing[side]();
    });
  const epochReadings = { main: readingEpoch('main'), product: readingEpoch('product') };
  const domainOf = ({ chainId, address }: ChainClient) => ({ chainId, bridge: address });

  return {
    sides,
    pair: { main: domainOf(sides.main), product: domainOf(sides.product) },

    state: (side) => states[side],

    destination: (direction) => states[destinationOf(direction)],

    refresh: (side) => refreshing[side](),

    async catchUp(side, signerEpoch) {
      if (signerEpoch > states[side].signerEpoch) await epochReadings[side]();
    },

    pegs: (productToken) => ({
      mainPeg: states.main.pegs.get(productToken),
      productPeg: states.product.pegs.get(productToken),
    }),

    allPegs: () => [...new Map([...states.product.pegs, ...states.main.pegs]).values()],

    lanes() {
      const tokens = new Set([...states.product.pegs.keys(), ...states.main.pegs.keys()]);
      return [...tokens].flatMap((productToken) => directions.map((direction) => ({ direction, productToken })));
    },
  };
}
