import { useState, useSyncExternalStore } from 'react';

import { laneKey } from '../../protocol/lane.ts';
import type { Row } from '../history/rows.ts';

/** Pixels from the top of the page within which a visitor sees a row that is added there. */
const TOP = 8;

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener('scroll', changed, { passive: true });
  return () => window.removeEventListener('scroll', changed);
};

const keyOf = ({ transfer }: Row): string => `${laneKey(transfer.lane)}-${transfer.nonce}`;

/**
 * Holds back rows above those that are shown while the page is scrolled, so that nothing moves under a reader's eyes.
 * @param rows Newest first.
 * @param list Identifies the list: a list with other filters is shown whole.
 */
export function useHeldBack(rows: readonly Row[], list: string) {
  const isAtTop = useSyncExternalStore(subscribe, () => window.scrollY < TOP);
  const [shown, setShown] = useState<{ readonly list: string; readonly top: string } | undefined>();
  const newest = rows[0] === undefined ? undefined : keyOf(rows[0]);
  const show = (): void => setShown(newest === undefined ? undefined : { list, top: newest });
  const isStale = shown === undefined ? newest !== undefined : shown.top !== newest || shown.list !== list;
  const held = shown?.list === list && !isAtTop ? heldIn(rows, shown.top) : 0;
  if (isStale && held === 0) show();
  return { shown: rows.slice(held), held, show };
}

/** Number of rows above this one; 0 when it is not listed any more. */
export const heldIn = (rows: readonly Row[], top: string): number =>
  Math.max(
    0,
    rows.findIndex((row) => keyOf(row) === top),
  );
