import type { Address } from 'viem';

import { type BridgeState, readState } from '../chain/bridge.ts';
import type { ChainSide } from '../chain/side.ts';
import { type Direction, type Lane, type Side, destinationOf, directions } from '../transfer/lane.ts';
import type { Peg } from '../transfer/peg.ts';
import type { Pair } from './statement.ts';

/** The two bridges, and what this relayer last read of them. */
export interface Bridges {
  readonly sides: Readonly<Record<Side, ChainSide>>;
  readonly pair: Pair;
  state(side: Side): BridgeState;
  /** Where a direction's attestations count: its signers, threshold and epoch. */
  destination(direction: Direction): BridgeState;
  /** Reads one side anew, at its newest block. */
  refresh(side: Side): Promise<void>;
  pegs(productToken: Address): { readonly mainPeg: Peg | undefined; readonly productPeg: Peg | undefined };
  /** Both lanes of every peg that either side has. */
  lanes(): Lane[];
}

export async function openBridges(sides: Readonly<Record<Side, ChainSide>>): Promise<Bridges> {
  const states = { main: await readState(sides.main), product: await readState(sides.product) };
  const domainOf = ({ chainId, address }: ChainSide) => ({ chainId, bridge: address });

  return {
    sides,
    pair: { main: domainOf(sides.main), product: domainOf(sides.product) },

    state: (side) => states[side],

    destination: (direction) => states[destinationOf(direction)],

    async refresh(side) {
      states[side] = await readState(sides[side]);
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
