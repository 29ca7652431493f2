import { type Direction, type Lane, type Side, directions, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Head } from '../chain/finality.ts';
import { type SignerReport, stoppedDirections } from './peer-tracker.ts';
import type { Problems } from './problems.ts';

/** This relayer's own report to the peer tracker. */
export function reportOf(sources: {
  readonly lanes: readonly Lane[];
  /** Why no statement of this lane may be signed now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly problems: Pick<Problems, 'list'>;
  readonly scanned: Readonly<Record<Side, { readonly head: Head | undefined }>>;
}): SignerReport {
  const { obstacle, problems, scanned } = sources;
  const lanes = sources.lanes.map((lane) => ({ ...lane, reason: obstacle(lane) }));
  const failing = new Set(problems.list().map(({ part }) => part));
  const isCut = (direction: Direction): boolean => {
    const source = sourceOf(direction);
    return [`${source} chain`, `${source} blocks`, 'attest key'].some((part) => failing.has(part));
  };
  return {
    scanned: { main: scanned.main.head?.number, product: scanned.product.head?.number },
    stopped: [...directions.filter(isCut), ...stoppedDirections(lanes)],
  };
}
