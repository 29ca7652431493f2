import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Overview, SideView } from '../chain/overview.ts';

/** Relayers ask one another and send within this, once a block is final. */
const RELAY_SECONDS = 2;

const secondsABlock = ({ head, final }: SideView): number => {
  const blocks = Number(head.number - final.number);
  return blocks === 0 ? Number(head.timestamp > final.timestamp) : Number(head.timestamp - final.timestamp) / blocks;
};

/** How long a transfer takes about, as both chains run now: a block, until it is final, the relayers, a block there. */
export function expectedSeconds({ sides }: Overview, direction: Direction): number {
  const source = sides[sourceOf(direction)];
  const destination = sides[destinationOf(direction)];
  const untilFinal = Number(source.head.timestamp - source.final.timestamp);
  return secondsABlock(source) + untilFinal + RELAY_SECONDS + secondsABlock(destination);
}
