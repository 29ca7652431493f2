import type { Address } from 'viem';

import { type BridgeState, readState, signerEpochOf } from '../chain/bridge-contract.ts';
import type { ChainSide } from '../chain/chain-client.ts';
import { coalesce } from '../async/coalesce.ts';
import { type Direction, type Lane, type Side, destinationOf, directions } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { Pair } from './statement.ts';

/** The two bridges, and what this relayer last read of them. */
export interface Bridges {
  readonly sides: Readonly<Record<Side, ChainSide>>;
  readonly pair: Pair;
  state(side: Side): BridgeState;
  /** Where a direction's attestations count: its signers, threshold and epoch. */
  destination(direction: Direction): BridgeState;
  /** Reads one side anew, at its newest block: once at a time, so that no older reading takes the place of a newer one. */
  refresh(side: Side): Promise<void>;
  /**
   * For somebody's word that a side has a newer signer epoch than is known here. SECURITY: anybody may say so, as often as he
   * likes; the chain is asked for its epoch once in five seconds, and for more only when that is another one.
   */
  catchUp(side: Side, signerEpoch: bigint): Promise<void>;
  pegs(productToken: Address): { readonly mainPeg: Peg | undefined; readonly productPeg: Peg | undefined };
  /** Both lanes of every peg that either side has. */
  lanes(): Lane[];
}

/** A signer that is new is answered so soon, at the latest, by a relayer that has not seen the change in a final block yet. */
const CATCH_UP_SECONDS = 5;

/** @param now Monotonic seconds. */
export async function openBridges(sides: Readonly<Record<Side, ChainSide>>, now: () => number): Promise<Bridges> {
  const states = { main: await readState(sides.main), product: await readState(sides.product) };
  const reading = (side: Side) =>
    coalesce(async () => {
      states[side] = await readState(sides[side]);
    });
  const refreshing = { main: reading('main'), product: reading('product') };
  const lookedAt = { main: -Infinity, product: -Infinity };
  const looking = (side: Side) =>
    coalesce(async () => {
      // Who waited for another's question may know by now.
      if (now() - lookedAt[side] < CATCH_UP_SECONDS) return;
      lookedAt[side] = now();
      if ((await signerEpochOf(sides[side])) !== states[side].signerEpoch) await refreshing[side]();
    });
  const lookingFor = { main: looking('main'), product: looking('product') };
  const domainOf = ({ chainId, address }: ChainSide) => ({ chainId, bridge: address });

  return {
    sides,
    pair: { main: domainOf(sides.main), product: domainOf(sides.product) },

    state: (side) => states[side],

    destination: (direction) => states[destinationOf(direction)],

    refresh: (side) => refreshing[side](),

    async catchUp(side, signerEpoch) {
      if (signerEpoch > states[side].signerEpoch) await lookingFor[side]();
    },

    pegs: (productToken) => ({
      mainPeg: states.main.pegs.get(productToken),
      productPeg: states.product.pegs.get(productToken),
    }),

    lanes() {
      const tokens = new Set([...states.product.pegs.keys(), ...states.main.pegs.keys()]);
      return [...tokens].flatMap((productToken) => directions.map((direction) => ({ direction, productToken })));
    },
  };
}
